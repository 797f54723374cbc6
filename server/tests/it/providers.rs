//! The channels against the demo's relay and gateway: what is sent is what arrives.

use std::sync::Arc;

use app::model::alert::Outcome;
use server::{
    alerts::{
        channels::{
            EmailChannel, SmsChannel,
            email::{CONNECTIONS_MAX, EmailConfig, Security, SmtpChannel, TIMEOUT},
            http_call::Times,
            sms_cdac::{CdacChannel, CdacConfig},
        },
        secret::Secret,
    },
    chance::SeededChance,
    clock::SystemClock,
    demo::{
        inbox::Inbox,
        sms_sink::{BASE_PATH, SmsSink},
        smtp_sink::SmtpSink,
    },
};

use crate::support::letters::{mail, sms};

#[tokio::test]
async fn a_mail_arrives_in_the_demos_inbox_as_it_was_written() {
    let inbox = Inbox::default();
    let sink = SmtpSink::start(inbox.clone(), Arc::new(SystemClock), 0).await.expect("sink");
    let channel = SmtpChannel::new(&EmailConfig {
        host: "127.0.0.1".into(),
        port: sink.address.port(),
        security: Security::Plain,
        login: None,
        ca_file: None,
        timeout: TIMEOUT,
        connections_max: CONNECTIONS_MAX,
        from_name: "GST portal".into(),
        from: "no-reply@gst.example.in".parse().expect("email"),
    })
    .expect("channel");
    let sent = mail("asha@example.in");
    for _ in 0..2 {
        assert!(matches!(channel.send(&sent).await, Outcome::Accepted { .. }));
    }
    let item = inbox.latest_for("asha@example.in").expect("item");
    assert_eq!((item.subject.as_ref(), item.text.trim_end()), (Some(&sent.subject), sent.text.trim_end()));
    assert_eq!(item.html.as_deref().map(str::trim_end), Some(sent.html.as_str()));
}

#[tokio::test]
async fn an_sms_arrives_in_the_demos_inbox_and_a_wrong_key_is_refused() {
    let inbox = Inbox::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let account = |key: &str| CdacConfig {
        base_url: format!("http://{}{BASE_PATH}", listener.local_addr().expect("address")),
        username: "gstn".into(),
        password: Secret::new("password"),
        secure_key: Secret::new(key),
    };
    let (right, wrong) = (account("right"), account("wrong"));
    let router = SmsSink {
        inbox: inbox.clone(),
        account: Arc::new(right.clone()),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SeededChance::new(1)),
        reporter: None,
    }
    .router();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let outcome = CdacChannel::new(wrong, Times::default()).expect("channel").send(&sms("123456 is the OTP")).await;
    assert_eq!(outcome, Outcome::temporary("C-DAC 401"));
    assert!(inbox.all().is_empty());

    let message = sms("123456 is the OTP & more");
    let outcome = CdacChannel::new(right, Times::default()).expect("channel").send(&message).await;
    assert!(matches!(outcome, Outcome::Accepted { provider_ref: Some(_) }), "{outcome:?}");
    assert_eq!(inbox.latest_for("9876543243").expect("item").text, message.text);
    assert_eq!(inbox.otp_for(&message.to).as_deref(), Some("123456"));
}
