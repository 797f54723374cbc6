//! JSON as the server functions speak it: read as text, like the data that a page brings along.
//!
//! The framework's own codec reads bytes, and a page's data is text: the browser would carry two readers of every type.

use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use serde::{Serialize, de::DeserializeOwned};

/// What a server function answers with.
pub(super) type Json = Post<TextJson>;

/// Reads and writes JSON as text.
pub struct TextJson;

impl ContentType for TextJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for TextJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for TextJson {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextJson {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        // What is no text is no JSON either: the replacement characters are refused by the reader.
        serde_json::from_str(&String::from_utf8_lossy(&bytes))
    }
}
