//! JSON as sealed documents spell it: read strictly, written in one way only.
//!
//! Written is the form of RFC 8785 (JCS), of which this is a part: numbers are whole and exact in every reader
//! (±2⁵³ − 1), names of fields are printable ASCII, so that their order is the same by bytes and by UTF-16. Read is any
//! JSON within these bounds; a name that stands twice in one object, and nesting deeper than [`DEPTH_MAX`], are refused.

use std::{collections::BTreeMap, fmt::Write};

/// Objects and lists within each other.
pub const DEPTH_MAX: usize = 16;
/// The greatest whole number that every JSON reader keeps exactly.
const NUMBER_MAX: i64 = (1 << 53) - 1;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Named values, in the order of their names.
    Object(BTreeMap<String, Json>),
}

/// What is wrong with a text that should be JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It ends too early.
    Truncated,
    /// The bytes are no UTF-8.
    NotText,
    /// Something else had to stand here.
    Syntax,
    /// A name stands twice in one object.
    Duplicate(String),
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// Not a whole number between −(2⁵³ − 1) and 2⁵³ − 1.
    Number,
    /// A name with a character that is no printable ASCII.
    Name,
    /// There is more after the end.
    More,
}

/// Where a text stops being JSON, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadJson {
    /// The byte, counted from 0.
    pub at: usize,
    /// Why.
    pub wrong: Wrong,
}

impl Json {
    /// An object of these fields.
    pub fn object<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A field of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        if let Self::Object(fields) = self { fields.get(name) } else { None }
    }

    /// The value at a path of names, as `/event/time`.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').skip(1).try_fold(self, |value, name| value.get(name))
    }

    /// The text at a path.
    pub fn text_at(&self, path: &str) -> Option<&str> {
        if let Some(Self::Text(text)) = self.at(path) { Some(text) } else { None }
    }

    /// The number at a path.
    pub fn number_at(&self, path: &str) -> Option<i64> {
        if let Some(Self::Number(number)) = self.at(path) { Some(*number) } else { None }
    }

    /// The only way in which this value is written.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) {
        match self {
            Self::Null => to.push_str("null"),
            Self::Bool(true) => to.push_str("true"),
            Self::Bool(false) => to.push_str("false"),
            Self::Number(number) => to.push_str(&number.to_string()),
            Self::Text(text) => write_text(text, to),
            Self::List(values) => {
                to.push('[');
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        to.push(',');
                    }
                    value.write(to);
                }
                to.push(']');
            }
            Self::Object(fields) => {
                to.push('{');
                for (place, (name, value)) in fields.iter().enumerate() {
                    if place > 0 {
                        to.push(',');
                    }
                    write_text(name, to);
                    to.push(':');
                    value.write(to);
                }
                to.push('}');
            }
        }
    }

    /// Reads a whole text.
    ///
    /// # Errors
    /// [`BadJson`] with the first byte that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadJson> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // A character of which only the first bytes are there is cut off, not wrong.
            Err(error) => {
                let wrong = if error.error_len().is_none() { Wrong::Truncated } else { Wrong::NotText };
                return Err(BadJson { at: error.valid_up_to(), wrong });
            }
        };
        let mut reader = Reader { text, at: 0, depth: 0 };
        let value = reader.value()?;
        reader.space();
        if reader.at == text.len() { Ok(value) } else { Err(reader.bad(Wrong::More)) }
    }
}

fn write_text(text: &str, to: &mut String) {
    to.push('"');
    for character in text.chars() {
        match character {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\u{8}' => to.push_str("\\b"),
            '\t' => to.push_str("\\t"),
            '\n' => to.push_str("\\n"),
            '\u{c}' => to.push_str("\\f"),
            '\r' => to.push_str("\\r"),
            control if control < ' ' => drop(write!(to, "\\u{:04x}", u32::from(control))),
            other => to.push(other),
        }
    }
    to.push('"');
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn bad(&self, wrong: Wrong) -> BadJson {
        BadJson { at: self.at, wrong }
    }

    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn peek(&self) -> Result<u8, BadJson> {
        self.rest().first().copied().ok_or_else(|| self.bad(Wrong::Truncated))
    }

    fn space(&mut self) {
        while matches!(self.rest().first(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, wanted: u8) -> Result<(), BadJson> {
        if self.peek()? != wanted {
            return Err(self.bad(Wrong::Syntax));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Json, BadJson> {
        self.space();
        match self.peek()? {
            b'{' => self.deeper(Self::object),
            b'[' => self.deeper(Self::list),
            b'"' => Ok(Json::Text(self.string()?)),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => Err(self.bad(Wrong::Syntax)),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<Json, BadJson>) -> Result<Json, BadJson> {
        if self.depth == DEPTH_MAX {
            return Err(self.bad(Wrong::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, BadJson> {
        for byte in word.bytes() {
            self.expect(byte)?;
        }
        Ok(value)
    }

    fn object(&mut self) -> Result<Json, BadJson> {
        let mut fields = BTreeMap::new();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            let begin = self.at;
            let name = self.string()?;
            if !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(BadJson { at: begin, wrong: Wrong::Name });
            }
            if fields.contains_key(&name) {
                return Err(BadJson { at: begin, wrong: Wrong::Duplicate(name) });
            }
            self.space();
            self.expect(b':')?;
            let value = self.value()?;
            fields.insert(name, value);
            if self.ends(b'}')? {
                return Ok(Json::Object(fields));
            }
        }
    }

    fn list(&mut self) -> Result<Json, BadJson> {
        let mut values = Vec::new();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value()?);
            if self.ends(b']')? {
                return Ok(Json::List(values));
            }
        }
    }

    /// After a value: the end of what it stands in, or a comma.
    fn ends(&mut self, end: u8) -> Result<bool, BadJson> {
        self.space();
        if self.peek()? == end {
            self.at += 1;
            return Ok(true);
        }
        self.expect(b',')?;
        Ok(false)
    }

    fn number(&mut self) -> Result<Json, BadJson> {
        let length =
            self.rest().iter().take_while(|byte| matches!(byte, b'-' | b'0'..=b'9' | b'.' | b'e' | b'E' | b'+'));
        let end = self.at + length.count();
        let digits = &self.text[self.at..end];
        match digits.parse::<i64>() {
            // One number is written in one way: no plus, no leading zero, no minus before nothing.
            Ok(number) if number.abs() <= NUMBER_MAX && number.to_string() == digits => {
                self.at = end;
                Ok(Json::Number(number))
            }
            _ => Err(self.bad(Wrong::Number)),
        }
    }

    fn string(&mut self) -> Result<String, BadJson> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let plain = self.rest().iter().take_while(|byte| **byte >= b' ' && !matches!(byte, b'"' | b'\\')).count();
            text.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.bad(Wrong::Syntax)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, BadJson> {
        self.at += 1;
        let character = match self.peek()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.by_number();
            }
            _ => return Err(self.bad(Wrong::Syntax)),
        };
        self.at += 1;
        Ok(character)
    }

    fn by_number(&mut self) -> Result<char, BadJson> {
        let first = self.hexadecimal()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        // The first half of a pair; half a pair is no character.
        if !(0xd800..0xdc00).contains(&first) {
            return Err(self.bad(Wrong::Syntax));
        }
        self.expect(b'\\')?;
        self.expect(b'u')?;
        let second = self.hexadecimal()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.bad(Wrong::Syntax));
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(|| self.bad(Wrong::Syntax))
    }

    fn hexadecimal(&mut self) -> Result<u32, BadJson> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = char::from(self.peek()?).to_digit(16).ok_or_else(|| self.bad(Wrong::Syntax))?;
            number = number * 16 + digit;
            self.at += 1;
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrong(text: &str) -> (usize, Wrong) {
        let bad = Json::parse(text.as_bytes()).expect_err(text);
        (bad.at, bad.wrong)
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_byte_at_which_it_stops_being_some() {
        for (text, at, why) in [
            ("", 0, Wrong::Truncated),
            ("{\"a\":", 5, Wrong::Truncated),
            ("{\"a\":\"b", 7, Wrong::Truncated),
            ("{\"a\":1}x", 7, Wrong::More),
            ("{\"a\":1,}", 7, Wrong::Syntax),
            ("{'a':1}", 1, Wrong::Syntax),
            ("[1 2]", 3, Wrong::Syntax),
            ("tru", 3, Wrong::Truncated),
            ("trux", 3, Wrong::Syntax),
            ("\"\u{1}\"", 1, Wrong::Syntax),
            ("\"\\ud800\"", 7, Wrong::Syntax),
            ("\"\\udc00\"", 7, Wrong::Syntax),
            ("1.5", 0, Wrong::Number),
            ("1e3", 0, Wrong::Number),
            ("-0", 0, Wrong::Number),
            ("01", 0, Wrong::Number),
            ("9007199254740992", 0, Wrong::Number),
            ("99999999999999999999", 0, Wrong::Number),
            ("{\"a\":1,\"b\":2,\"a\":3}", 13, Wrong::Duplicate("a".into())),
            ("{\"a\":1,\"\\u0061\":3}", 7, Wrong::Duplicate("a".into())),
            ("{\"é\":1}", 1, Wrong::Name),
        ] {
            assert_eq!(wrong(text), (at, why), "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), Err(BadJson { at: 1, wrong: Wrong::NotText }));
        assert_eq!(Json::parse(b"\"\xe0\xa4"), Err(BadJson { at: 1, wrong: Wrong::Truncated }));
    }

    #[test]
    fn nesting_ends_at_its_bound() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(wrong(&nested(DEPTH_MAX + 1)), (DEPTH_MAX, Wrong::TooDeep));
        assert_eq!(wrong(&"[".repeat(1_000_000)), (DEPTH_MAX, Wrong::TooDeep));
    }

    #[test]
    fn one_value_is_written_in_one_way() {
        let read = |text: &str| Json::parse(text.as_bytes()).expect(text).canonical();
        assert_eq!(
            read(" { \"b\" : [ 1 , -2, true , null ] ,\n \"a\":\"\\u0041\\/\\u20ac\\ud83d\\ude00\" } "),
            "{\"a\":\"A/€😀\",\"b\":[1,-2,true,null]}"
        );
        // The example of strings in RFC 8785 §3.2.2.2, as far as it is about control characters.
        assert_eq!(read("\"\\u000f\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\""), "\"\\u000f\\nA'B\\\"\\\\\\\\\\\"\"");
        assert_eq!(read("{}"), "{}");
        assert_eq!(read("[]"), "[]");
    }

    fn value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            (-NUMBER_MAX..=NUMBER_MAX).prop_map(Json::Number),
            any::<String>().prop_map(Json::Text),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
                prop::collection::btree_map("[ -~]{0,6}", inner, 0..4).prop_map(Json::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(value in value()) {
            prop_assert_eq!(Json::parse(value.canonical().as_bytes()), Ok(value));
        }

        #[test]
        fn garbage_is_refused_or_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(Json::parse(&bytes));
        }

        #[test]
        fn nearly_json_is_refused_or_read_without_a_panic(text in "[\\[\\]{}\",:0-9a\\\\u-]{0,60}") {
            drop(Json::parse(text.as_bytes()));
        }
    }
}
