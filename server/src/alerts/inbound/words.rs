//! What an inbound SMS says, and how a gateway passes it on. Pure.

use app::model::contact::Mobile;
use serde::Deserialize;

use crate::alerts::{
    reports::{
        record::Record,
        said::{Read, Unreadable},
    },
    stop_code::StopCode,
};

/// Where a gateway's request has the message; see [`Record::get`] for what a name may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageFields {
    /// The sender's number.
    pub from: String,
    /// The text.
    pub text: String,
}

impl MessageFields {
    /// Fields of these names.
    pub fn new(from: &str, text: &str) -> Self {
        Self { from: from.into(), text: text.into() }
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// From whom; `None` where it is no Indian mobile number: a name, a short code.
    pub from: Option<Mobile>,
    /// What it asks for; `None` where it asks for nothing that is known.
    pub asked: Option<Asked>,
}

/// What a message asks for. Both only ever reduce access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// `GST STOP <code>`: end one consent.
    Stop(StopCode),
    /// `GST STOPALL`: freeze everything.
    StopAll,
}

impl Asked {
    /// Reads a text as it was meant: in any case, with or without the keyword that some operators take away, with the
    /// spaces that a telephone put in.
    pub fn read(text: &str) -> Option<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words = words.strip_prefix(&["GST"]).unwrap_or(&words);
        match words {
            ["STOPALL"] | ["STOP", "ALL"] => Some(Self::StopAll),
            ["STOP", code] => StopCode::parse(code).map(Self::Stop),
            _ => None,
        }
    }
}

impl Message {
    /// The messages of a request, as far as they can be read.
    ///
    /// # Errors
    /// [`Unreadable`] where none of them has a sender and a text.
    pub fn read_all(fields: &MessageFields, query: &str, body: &str) -> Result<Read<Self>, Unreadable> {
        let records = Record::read(query, body)?;
        let message = |record: &Record| {
            let field = |name: &str| record.get(name).ok_or(Unreadable::Missing);
            Ok(Self { from: mobile(&field(&fields.from)?), asked: Asked::read(&field(&fields.text)?) })
        };
        Read::of(records.iter().map(message))
    }
}

/// Ten digits, with what operators put before them.
fn mobile(text: &str) -> Option<Mobile> {
    let digits = text.trim().trim_start_matches('+');
    let ten = match digits.len() {
        12 => digits.strip_prefix("91")?,
        11 => digits.strip_prefix('0')?,
        _ => digits,
    };
    ten.parse().ok()
}

// Not derived: a code is of use to whoever has the telephone.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_read_as_it_was_meant() {
        let code = StopCode::parse("K7M2QX").map(Asked::Stop);
        for text in ["GST STOP K7M2QX", " gst  stop\tk7m2qx ", "STOP K7M2QX", "Gst Stop k7m2qx"] {
            assert_eq!(Asked::read(text), code, "{text}");
        }
        for text in ["GST STOPALL", "gst stop all", "STOPALL"] {
            assert_eq!(Asked::read(text), Some(Asked::StopAll), "{text}");
        }
        for text in [
            "",
            "GST",
            "GST STOP",
            "GST STOP K7M2Q",
            "GST START K7M2QX",
            "STOP K7M2QX now",
            "please STOPALL",
            "GST STOP ALL K7M2QX",
        ] {
            assert_eq!(Asked::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_sender_is_known_by_the_ten_digits() {
        let fields = MessageFields::new("from", "text");
        for from in ["9876543243", "919876543243", "+919876543243", "09876543243"] {
            let query = serde_urlencoded::to_string([("from", from), ("text", "GST STOPALL")]).expect("query");
            let messages = Message::read_all(&fields, &query, "").expect("read");
            assert_eq!(messages.said[0].from.as_ref().map(Mobile::as_str), Some("9876543243"), "{from}");
        }
        for from in ["AD-GSTIND", "57575", "929876543243", ""] {
            let query = serde_urlencoded::to_string([("from", from), ("text", "GST STOPALL")]).expect("query");
            assert_eq!(Message::read_all(&fields, &query, "").expect("read").said[0].from, None, "{from}");
        }
        assert!(Message::read_all(&fields, "from=9876543243", "").is_err());
    }

    #[test]
    fn a_message_without_a_text_takes_no_other_with_it() {
        let fields = MessageFields::new("from", "text");
        let body = r#"[{"from":"9876543243"},{"from":"9876543243","text":"GST STOPALL"}]"#;
        let read = Message::read_all(&fields, "", body).expect("read");
        assert_eq!(read.said.iter().map(|message| message.asked).collect::<Vec<_>>(), [Some(Asked::StopAll)]);
        assert_eq!(read.unreadable, 1);
        assert!(Message::read_all(&fields, "", r#"[{"from":"9876543243"}]"#).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}") {
            let _ = Asked::read(&text);
        }
    }
}
