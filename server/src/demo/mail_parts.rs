//! Reads back a mail of our own making: its subject, its text part and its HTML part. Not a general MIME reader.

use base64::{Engine, engine::general_purpose::STANDARD};

/// What the inbox shows of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailParts {
    /// The decoded subject.
    pub subject: String,
    /// The decoded text part; the whole body of a mail without parts.
    pub text: String,
    /// The decoded HTML part.
    pub html: Option<String>,
}

impl MailParts {
    /// Takes a mail apart. What it does not understand it shows as it came.
    pub fn read(mail: &str) -> Self {
        let mail = mail.replace("\r\n", "\n");
        let (head, body) = mail.split_once("\n\n").unwrap_or((&mail, ""));
        let head = unfold(head);
        let subject = decode_words(field(&head, "subject").unwrap_or_default());
        let boundary = field(&head, "content-type").and_then(|kind| {
            let quoted = kind.split_once("boundary=")?.1;
            Some(quoted.split(';').next()?.trim().trim_matches('"').to_owned())
        });
        let Some(boundary) = boundary else {
            return Self { subject, text: decode_body(&head, body), html: None };
        };
        let mut parts = Self { subject, ..Self::default() };
        for part in format!("\n{body}").split(&format!("\n--{boundary}")).skip(1) {
            // `--boundary--` ends the last part; what follows it is nothing.
            if part.starts_with("--") {
                break;
            }
            let Some((head, body)) = part.trim_start_matches('\n').split_once("\n\n") else { continue };
            let head = unfold(head);
            let text = decode_body(&head, body);
            if field(&head, "content-type").is_some_and(|kind| kind.starts_with("text/html")) {
                parts.html = Some(text);
            } else {
                parts.text = text;
            }
        }
        parts
    }
}

fn unfold(head: &str) -> String {
    head.replace("\n ", " ").replace("\n\t", " ")
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn decode_body(head: &str, body: &str) -> String {
    let encoding = field(head, "content-transfer-encoding").unwrap_or("7bit").to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "base64" => {
            let joined: String = body.split_whitespace().collect();
            STANDARD.decode(joined).unwrap_or_else(|_| body.into())
        }
        "quoted-printable" => unquote(&body.replace("=\n", "")),
        _ => body.into(),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `=C3=A9` to its bytes (RFC 2045 §6.7).
fn unquote(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let coded = (*first == b'=').then(|| after.get(..2)).flatten().and_then(|pair| hex::decode(pair).ok());
        if let Some(decoded) = coded {
            bytes.extend(decoded);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=` (RFC 2047); space between two of them does not count.
fn decode_words(subject: &str) -> String {
    let mut decoded = String::new();
    let mut last_was_coded = false;
    for word in subject.split(' ') {
        let coded = decode_word(word);
        if !(decoded.is_empty() || last_was_coded && coded.is_some()) {
            decoded.push(' ');
        }
        last_was_coded = coded.is_some();
        decoded.push_str(coded.as_deref().unwrap_or(word));
    }
    decoded
}

fn decode_word(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut fields = inner.splitn(3, '?');
    let (_charset, kind, text) = (fields.next()?, fields.next()?, fields.next()?);
    let bytes = match kind {
        "b" | "B" => STANDARD.decode(text).ok()?,
        _ => unquote(&text.replace('_', " ")),
    };
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coded_words_and_parts_are_read() {
        let mail = "Subject: =?utf-8?b?4KSW4KS+4KSk4KS+?= can =?utf-8?q?=C3=A9_x?=\r\n\
                    Content-Type: multipart/alternative;\r\n boundary=\"b\"\r\n\r\n\
                    --b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                    a=3Db soft=\r\n break\r\n\
                    --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
                    PHA+aGk8L3A+\r\n--b--\r\n\r\n";
        let parts = MailParts::read(mail);
        assert_eq!(parts.subject, "खाता can é x");
        assert_eq!(parts.text, "a=b soft break");
        assert_eq!(parts.html.as_deref(), Some("<p>hi</p>"));
    }

    #[test]
    fn a_mail_without_parts_is_its_text() {
        assert_eq!(MailParts::read("Subject: x\n\nhello").text, "hello");
        assert_eq!(MailParts::read(""), MailParts::default());
    }
}
