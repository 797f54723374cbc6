//! Reads a delivery-status mail (RFC 3464): what became of the mail, and why, by the codes of RFC 3463.

use app::model::report::{Reason, Report, Verdict};
use mail_parser::{MessageParser, MimeHeaders};

/// Bytes of a mail that are read. The status stands before the copy of the mail that came back.
pub const MAIL_BYTES_MAX: usize = 1 << 20;

/// Where mail servers write whom a mail was for.
const ENVELOPE_HEADERS: [&str; 5] = ["to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"];

/// A mail that came to a return path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Returned {
    /// Every address in the headers that may name the return path.
    pub(super) to: Vec<String>,
    /// What it says; `None` where it is no delivery status (an answer of somebody who is away, say), or says that the mail
    /// is only late.
    pub(super) report: Option<Report>,
    /// Whether it is a delivery status, whatever it says.
    pub(super) is_status: bool,
    /// What names the mail itself, before the `@` of its `Message-ID`: the canary's own mails are known by it.
    pub(super) named: Option<String>,
}

/// Reads a mail; `None` where it is none.
pub(super) fn read(mail: &[u8]) -> Option<Returned> {
    let message = MessageParser::default().parse(&mail[..mail.len().min(MAIL_BYTES_MAX)])?;
    let named = |name: &str| ENVELOPE_HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name));
    let addresses = message.headers_raw().filter(|(name, _)| named(name)).flat_map(|(_, value)| addresses(value));
    let is_status = |part: &&mail_parser::MessagePart<'_>| {
        part.content_type().is_some_and(|kind| {
            kind.ctype().eq_ignore_ascii_case("message")
                && kind.subtype().is_some_and(|subtype| {
                    // RFC 6533 has it for addresses in Unicode.
                    subtype.eq_ignore_ascii_case("delivery-status")
                        || subtype.eq_ignore_ascii_case("global-delivery-status")
                })
        })
    };
    let status = message.parts.iter().find(is_status);
    let report = status.and_then(|part| report(&String::from_utf8_lossy(part.contents())));
    let named = message.message_id().and_then(|id| id.split_once('@')).map(|(named, _)| named.to_owned());
    Some(Returned { to: addresses.collect(), report, is_status: status.is_some(), named })
}

fn addresses(value: &str) -> impl Iterator<Item = String> {
    let apart = |c: char| c.is_whitespace() || "<>,;\"()".contains(c);
    value.split(apart).filter(|word| word.contains('@')).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// What a status says of the one recipient. `failed` is the last word, whatever its code: a server that gave up after days
/// says so with a code of the class 4. `delayed` is not: it tries on.
fn report(status: &str) -> Option<Report> {
    let field = |name: &str| field(status, name);
    let code = field("status").unwrap_or_default();
    let words = field("diagnostic-code").unwrap_or_default().to_ascii_lowercase();
    let verdict = match field("action")?.to_ascii_lowercase().as_str() {
        "failed" if code.starts_with('4') => Verdict::Expired,
        "failed" => Verdict::Failed,
        "delivered" => return Some(Report { verdict: Verdict::Delivered, reason: None }),
        // Delayed, relayed, expanded, and what nobody knows.
        _ => return None,
    };
    let reason = reason(&code, &words).or((verdict == Verdict::Expired).then_some(Reason::Unreachable));
    Some(Report { verdict, reason })
}

/// The first field of a name, unfolded, without a comment behind it.
fn field(status: &str, name: &str) -> Option<String> {
    let mut lines = status
        .lines()
        .skip_while(|line| !line.split_once(':').is_some_and(|(found, _)| found.trim().eq_ignore_ascii_case(name)));
    let mut value = lines.next()?.split_once(':')?.1.trim().to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty()) {
        value.push(' ');
        value.push_str(line.trim());
    }
    Some(value)
}

/// By subject and detail of the code (RFC 3463), or, where that says nothing, by words that most servers use.
fn reason(code: &str, words: &str) -> Option<Reason> {
    let mut parts = code.split_whitespace().next().unwrap_or_default().split('.').skip(1);
    let by_code = match (parts.next(), parts.next()) {
        (Some("1"), Some("1" | "2" | "3" | "6" | "10")) | (Some("2"), Some("1")) => Some(Reason::NoSuchRecipient),
        (Some("2"), Some("2")) => Some(Reason::MailboxFull),
        (Some("4"), _) => Some(Reason::Unreachable),
        (Some("7"), _) => Some(Reason::Refused),
        _ => None,
    };
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    by_code.or_else(|| {
        if says(&["quota", "mailbox full", "mailbox is full"]) {
            Some(Reason::MailboxFull)
        } else if says(&["user unknown", "no such user", "unknown user", "does not exist"]) {
            Some(Reason::NoSuchRecipient)
        } else if says(&["spam", "blocked", "policy"]) {
            Some(Reason::Refused)
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A bounce as Postfix writes it.
    fn bounce(action: &str, status: &str, diagnostic: &str) -> String {
        format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@relay.example.in\r\nTo: <bounces+1-2@gst.example.in>\r\n\
             Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"x/y\"\r\n\r\n\
             --x/y\r\nContent-Type: text/plain\r\n\r\nI'm sorry. Action: delivered\r\n\
             --x/y\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; relay.example.in\r\nArrival-Date: Tue, 24 Nov 2026 10:42:11 +0530\r\n\r\n\
             Final-Recipient: rfc822; asha@example.in\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: {diagnostic}\r\n\r\n\
             --x/y\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Status: 5.1.1\r\n\r\n--x/y--\r\n"
        )
    }

    #[test]
    fn a_bounce_is_read_for_what_it_says_in_the_end() {
        let failed = |reason| Some(Report { verdict: Verdict::Failed, reason });
        let expired = |reason| Some(Report { verdict: Verdict::Expired, reason: Some(reason) });
        for (action, status, diagnostic, wanted) in [
            ("failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", failed(Some(Reason::MailboxFull))),
            ("FAILED", "5.1.1 (no such mailbox)", "smtp; 550", failed(Some(Reason::NoSuchRecipient))),
            ("failed", "5.0.0", "smtp; 550 over\r\n quota", failed(Some(Reason::MailboxFull))),
            ("failed", "5.7.1", "smtp; 554 spam", failed(Some(Reason::Refused))),
            ("failed", "5.3.0", "smtp; 554 no", failed(None)),
            ("failed", "4.4.7", "smtp; 421", expired(Reason::Unreachable)),
            ("failed", "4.2.2", "smtp; 452", expired(Reason::MailboxFull)),
            ("delayed", "4.2.2", "smtp; 452 mailbox full", None),
            ("relayed", "2.0.0", "smtp; 250", None),
            ("delivered", "2.0.0", "smtp; 250", Some(Report { verdict: Verdict::Delivered, reason: None })),
            ("perhaps", "5.1.1", "smtp; 550", None),
        ] {
            let returned = read(bounce(action, status, diagnostic).as_bytes()).expect("a mail");
            assert_eq!(returned.report, wanted, "{action} {status}");
            assert_eq!(returned.to, ["bounces+1-2@gst.example.in"]);
        }
    }

    #[test]
    fn what_is_no_delivery_status_says_nothing() {
        let away =
            "From: asha@example.in\nTo: bounces+1-2@gst.example.in\nSubject: Away\n\nAction: failed\nStatus: 5.1.1\n";
        assert_eq!(read(away.as_bytes()).and_then(|returned| returned.report), None);
        assert_eq!(read(b"").and_then(|returned| returned.report), None);
    }

    proptest! {
        #[test]
        fn no_mail_makes_the_reader_panic(start in 0_usize..900, noise in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut mail = bounce("failed", "5.1.1", "smtp; 550").into_bytes();
            let start = start.min(mail.len());
            mail.splice(start..(start + noise.len()).min(mail.len()), noise);
            drop(read(&mail));
        }
    }
}
