//! What gateways' answers have in common: references that are worth keeping.

/// Characters of a reference that are kept: theirs have forty at most.
const REFERENCE_CHARACTERS_MAX: usize = 128;

/// A reference as a gateway gives it, if it can be one.
pub(in crate::alerts) fn reference(text: &str) -> Option<String> {
    let text = text.trim();
    let is_one =
        !text.is_empty() && text.len() <= REFERENCE_CHARACTERS_MAX && text.chars().all(|c| c.is_ascii_graphic());
    is_one.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_one_short_word() {
        assert_eq!(reference(" 3463463-7 \n").as_deref(), Some("3463463-7"));
        for text in ["", " ", "two words", &"x".repeat(129), "id\u{7f}"] {
            assert_eq!(reference(text), None, "{text}");
        }
    }
}
