//! How many parts an SMS is sent in, and in which alphabet: what it costs, and whether it arrives whole.

/// Septets of one SMS in GSM-7, and of each part where there are several (six octets go to the header that joins them).
const SEPTETS: (usize, usize) = (160, 153);
/// The same in UTF-16 code units.
const UNITS: (usize, usize) = (70, 67);

/// The default alphabet of GSM 03.38 §6.2.1.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension table (§6.2.1.1): an escape and a septet each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The alphabet that carries a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits a character, or fourteen for a few.
    Gsm7,
    /// UTF-16 code units: Hindi, and every text with one character that GSM-7 lacks.
    Ucs2,
}

/// A text as the network sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its alphabet.
    pub encoding: Encoding,
    /// Septets or code units.
    pub units: usize,
    /// Parts.
    pub segments: usize,
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        })
    }
}

/// Septets of a character; `None` where GSM-7 lacks it.
fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Whether GSM-7 carries every character.
pub fn is_gsm7(text: &str) -> bool {
    text.chars().all(|c| septets(c).is_some())
}

/// Whether every gateway carries a text as it is. What GSM-7 has beside ASCII some do not know, and what ASCII has beside
/// GSM-7 they replace; such a text travels as Unicode, and arrives as it was registered.
pub fn is_plain(text: &str) -> bool {
    text.is_ascii() && is_gsm7(text)
}

/// How a text is sent.
pub fn size(text: &str) -> Size {
    let widths = |width: fn(char) -> Option<usize>| text.chars().map(width).collect::<Option<Vec<usize>>>();
    match widths(septets) {
        Some(widths) => cut(Encoding::Gsm7, &widths, SEPTETS),
        None => cut(Encoding::Ucs2, &text.chars().map(char::len_utf16).collect::<Vec<_>>(), UNITS),
    }
}

/// A character of two units is never cut in two: it begins the next part.
fn cut(encoding: Encoding, widths: &[usize], (alone, each): (usize, usize)) -> Size {
    let units = widths.iter().sum();
    if units <= alone {
        return Size { encoding, units, segments: 1 };
    }
    let (mut segments, mut filled) = (1, 0);
    for width in widths {
        if filled + width > each {
            (segments, filled) = (segments + 1, 0);
        }
        filled += width;
    }
    Size { encoding, units, segments }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_counted_at_every_edge() {
        use Encoding::{Gsm7, Ucs2};
        for (text, encoding, units, segments) in [
            (String::new(), Gsm7, 0, 1),
            ("a".repeat(160), Gsm7, 160, 1),
            ("a".repeat(161), Gsm7, 161, 2),
            ("a".repeat(306), Gsm7, 306, 2),
            ("a".repeat(307), Gsm7, 307, 3),
            ("€".repeat(80), Gsm7, 160, 1),
            ("[".repeat(81), Gsm7, 162, 2),
            ("अ".repeat(70), Ucs2, 70, 1),
            ("अ".repeat(71), Ucs2, 71, 2),
            ("अ".repeat(134), Ucs2, 134, 2),
            ("अ".repeat(135), Ucs2, 135, 3),
            ("😀".repeat(35), Ucs2, 70, 1),
        ] {
            assert_eq!(size(&text), Size { encoding, units, segments }, "{text}");
        }
    }

    #[test]
    fn a_character_of_two_units_is_not_cut_in_two() {
        // 152 and an escape pair: 153 would end between the two septets.
        assert_eq!(size(&format!("{}€{}", "a".repeat(152), "a".repeat(152))).segments, 3);
        assert_eq!(size(&format!("{}€{}", "a".repeat(151), "a".repeat(153))).segments, 2);
        assert_eq!(size(&format!("{}😀{}", "अ".repeat(66), "अ".repeat(66))).segments, 3);
    }

    #[test]
    fn one_character_that_gsm7_lacks_makes_the_whole_text_ucs2() {
        assert_eq!(size("GST `data`").encoding, Encoding::Ucs2);
        assert!(is_gsm7("Khata & Sons [à la carte]") && !is_gsm7("खाता") && !is_gsm7("a\tb"));
    }

    proptest! {
        #[test]
        fn every_unit_has_room(text in "\\PC{0,400}") {
            let size = size(&text);
            let (alone, each) = if size.encoding == Encoding::Gsm7 { SEPTETS } else { UNITS };
            let room = if size.segments == 1 { alone } else { size.segments * each };
            prop_assert!(size.units <= room);
        }
    }
}
