//! The mail channel against a real relay: TLS, passwords, refusals.

use std::time::Duration;

use app::model::alert::Outcome;
use server::alerts::{
    channels::{
        EmailChannel,
        email::{CONNECTIONS_MAX, EmailConfig, Security, SmtpChannel, TIMEOUT},
    },
    secret::Secret,
};

use crate::support::{
    exim::Exim,
    letters::mail,
    relay::{Day, Relay},
};

fn channel(exim: &Exim, password: &str) -> SmtpChannel {
    channel_over(exim, exim.port, Security::StartTls, password)
}

fn channel_over(exim: &Exim, port: u16, security: Security, password: &str) -> SmtpChannel {
    SmtpChannel::new(&EmailConfig {
        host: "127.0.0.1".into(),
        port,
        security,
        login: Some(("relay".into(), Secret::new(password))),
        ca_file: Some(exim.ca_file()),
        timeout: TIMEOUT,
        connections_max: CONNECTIONS_MAX,
        from_name: "GST portal".into(),
        from: "no-reply@gst.example.in".parse().expect("email"),
    })
    .expect("channel")
}

#[tokio::test]
async fn a_mail_reaches_the_relay_with_the_headers_of_an_alert() {
    let exim = Exim::start();
    let outcome = channel(&exim, "right").send(&mail("asha@example.in")).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let arrived = exim.mail();
    for header in [
        "Message-ID: <00000000-0000-0000-0000-0000000000a1@gst.example.in>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "Content-Language: en",
        "Date: Tue, 24 Nov 2026 05:47:03 +0530",
        "From: \"GST portal\" <no-reply@gst.example.in>",
    ] {
        assert!(arrived.lines().any(|line| line == header), "{header} is missing in:\n{arrived}");
    }
    assert_eq!(arrived.matches("\nDate: ").count(), 1);
    assert!(
        arrived.contains("multipart/alternative") && arrived.contains("text/plain") && arrived.contains("text/html")
    );
}

#[tokio::test]
async fn a_mail_reaches_a_relay_that_speaks_tls_from_the_first_byte() {
    let exim = Exim::start();
    let outcome =
        channel_over(&exim, exim.tls_port, Security::ImplicitTls, "right").send(&mail("asha@example.in")).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    // With its envelope: that it came by TLS, and that the password was right.
    let arrived = exim.mail();
    assert!(arrived.contains("with esmtpsa"), "{arrived}");
}

#[tokio::test]
async fn a_wrong_password_does_not_lose_the_mail() {
    let exim = Exim::start();
    let outcome = channel(&exim, "wrong").send(&mail("asha@example.in")).await;
    assert!(matches!(&outcome, Outcome::Temporary { detail, .. } if detail.starts_with("SMTP 535")), "{outcome:?}");
}

#[tokio::test]
async fn a_refused_recipient_is_refused_for_good_and_not_named() {
    let exim = Exim::start();
    let outcome = channel(&exim, "right").send(&mail("refused@example.in")).await;
    let Outcome::Permanent { detail } = outcome else { panic!("{outcome:?}") };
    assert!(detail.starts_with("SMTP 550") && !detail.contains('@'), "{detail}");
}

#[tokio::test]
async fn a_relay_with_a_foreign_certificate_gets_no_password_and_no_mail() {
    let (exim, other) = (Exim::start(), Exim::start());
    let config = EmailConfig {
        host: "127.0.0.1".into(),
        port: exim.port,
        security: Security::StartTls,
        login: Some(("relay".into(), Secret::new("right"))),
        ca_file: Some(other.ca_file()),
        timeout: TIMEOUT,
        connections_max: CONNECTIONS_MAX,
        from_name: "GST portal".into(),
        from: "no-reply@gst.example.in".parse().expect("email"),
    };
    let outcome = SmtpChannel::new(&config).expect("channel").send(&mail("asha@example.in")).await;
    assert!(matches!(outcome, Outcome::Temporary { .. }), "{outcome:?}");
}

/// A channel to a relay that asks for nothing, over so many connections at most.
fn plain(relay: &Relay, connections_max: u32) -> SmtpChannel {
    SmtpChannel::new(&EmailConfig {
        host: "127.0.0.1".into(),
        port: relay.port,
        security: Security::Plain,
        login: None,
        ca_file: None,
        timeout: TIMEOUT,
        connections_max,
        from_name: "GST portal".into(),
        from: "no-reply@gst.example.in".parse().expect("email"),
    })
    .expect("channel")
}

#[tokio::test]
async fn no_more_connections_are_open_at_once_than_allowed() {
    let relay = Relay::start().await;
    let channel = plain(&relay, 2);
    relay.then([Day::AnswersLate(Duration::from_millis(50)); 8]);
    let mail = mail("asha@example.in");
    for outcome in futures::future::join_all((0..8).map(|_| channel.send(&mail))).await {
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    assert_eq!((relay.taken().len(), relay.most_open()), (8, 2));
}

#[tokio::test]
async fn a_connection_that_the_relay_closed_while_it_was_idle_costs_the_next_mail_nothing() {
    let relay = Relay::start().await;
    let channel = plain(&relay, 2);
    relay.then([Day::HangsUp]);
    // One that was used a moment ago is not tried before its use; time passes, as the machine's own clock counts it.
    for idle in [Duration::ZERO, Duration::from_millis(2_050)] {
        tokio::time::sleep(idle).await;
        let outcome = channel.send(&mail("asha@example.in")).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    assert_eq!(relay.taken().len(), 2);
}
