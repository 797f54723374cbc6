//! A body as gateways send it, whatever its form: fields by their names.

use serde_json::Value;

use super::said::{REPORTS_MAX, Unreadable};

/// Fields of one report or one message.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An object; a name that begins with `/` is a pointer into it (RFC 6901).
    Json(Value),
    /// A form or a query.
    Pairs(Vec<(String, String)>),
}

impl Record {
    /// A field's text, if it has one; of a number, its digits.
    pub fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Json(value) => {
                let found = if name.starts_with('/') { value.pointer(name) } else { value.get(name) };
                match found? {
                    Value::String(text) => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                }
            }
            Self::Pairs(pairs) => {
                let mut found = pairs.iter().filter(|(field, _)| field == name);
                // Said twice, it may be read in two ways.
                found.next().filter(|_| found.next().is_none()).map(|(_, value)| value.clone())
            }
        }
    }

    /// The records of a request: of its body, or, where that is empty, of its query.
    ///
    /// # Errors
    /// [`Unreadable`] where it is in no known form, or holds too many.
    pub fn read(query: &str, body: &str) -> Result<Vec<Self>, Unreadable> {
        let body = body.trim();
        let records = match body.as_bytes().first() {
            Some(b'{' | b'[') => match serde_json::from_str(body).map_err(|_| Unreadable::Form)? {
                Value::Array(all) => all.into_iter().map(Self::Json).collect(),
                one => vec![Self::Json(one)],
            },
            Some(_) => vec![Self::pairs(body)?],
            None => vec![Self::pairs(query)?],
        };
        if records.len() > REPORTS_MAX { Err(Unreadable::TooMany) } else { Ok(records) }
    }

    fn pairs(text: &str) -> Result<Self, Unreadable> {
        serde_urlencoded::from_str(text).map(Self::Pairs).map_err(|_| Unreadable::Form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_every_form() {
        for (query, body) in
            [("", r#"{"id":"a 1","n":7}"#), ("", r#"[{"id":"a 1","n":7}]"#), ("", "id=a+1&n=7"), ("id=a%201&n=7", "")]
        {
            let records = Record::read(query, body).expect("read");
            assert_eq!(records.len(), 1);
            assert_eq!(records[0].get("id").as_deref(), Some("a 1"), "{body}");
            assert_eq!((records[0].get("n").as_deref(), records[0].get("m")), (Some("7"), None), "{body}");
        }
        let nested = Record::read("", r#"{"dlr":{"id":"x"}}"#).expect("read");
        assert_eq!(nested[0].get("/dlr/id").as_deref(), Some("x"));
    }

    #[test]
    fn what_is_said_twice_or_is_in_no_form_is_not_read() {
        let twice = Record::read("", "id=a&id=b").expect("a form");
        assert_eq!(twice[0].get("id"), None);
        assert_eq!(Record::read("", "{"), Err(Unreadable::Form));
        let many = format!("[{}]", vec!["{}"; REPORTS_MAX + 1].join(","));
        assert_eq!(Record::read("", &many), Err(Unreadable::TooMany));
    }
}
