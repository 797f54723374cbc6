//! The languages that there can be words in: English, and those of the Eighth Schedule of the Constitution. Which of them the
//! screen and the messages speak is said by the files of words that there are (`text::speaks`).

use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($(#[$doc:meta])* $language:ident = $tag:literal, $own_name:literal;)+) => {
        /// A language. One that nothing is said in yet can be named all the same: in a registry, or by a newer server.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Language {
            $($(#[$doc])* $language),+
        }

        impl Language {
            /// Every language, in the order in which they are offered.
            pub const ALL: [Self; [$($tag),+].len()] = [$(Self::$language),+];

            /// The BCP 47 tag, as in `<html lang>` and `Content-Language`.
            pub const fn tag(self) -> &'static str {
                match self {
                    $(Self::$language => $tag),+
                }
            }

            /// How the language calls itself.
            pub const fn own_name(self) -> &'static str {
                match self {
                    $(Self::$language => $own_name),+
                }
            }
        }
    };
}

languages! {
    /// English, as spoken on the GST portal.
    #[default]
    En = "en", "English";
    /// Hindi.
    Hi = "hi", "हिन्दी";
    /// Assamese.
    As = "as", "অসমীয়া";
    /// Bengali.
    Bn = "bn", "বাংলা";
    /// Bodo.
    Brx = "brx", "बर'";
    /// Dogri.
    Doi = "doi", "डोगरी";
    /// Gujarati.
    Gu = "gu", "ગુજરાતી";
    /// Kannada.
    Kn = "kn", "ಕನ್ನಡ";
    /// Kashmiri.
    Ks = "ks", "کٲشُر";
    /// Konkani.
    Kok = "kok", "कोंकणी";
    /// Maithili.
    Mai = "mai", "मैथिली";
    /// Malayalam.
    Ml = "ml", "മലയാളം";
    /// Manipuri.
    Mni = "mni", "মৈতৈলোন্";
    /// Marathi.
    Mr = "mr", "मराठी";
    /// Nepali.
    Ne = "ne", "नेपाली";
    /// Odia.
    Or = "or", "ଓଡ଼ିଆ";
    /// Punjabi.
    Pa = "pa", "ਪੰਜਾਬੀ";
    /// Sanskrit.
    Sa = "sa", "संस्कृतम्";
    /// Santali.
    Sat = "sat", "ᱥᱟᱱᱛᱟᱲᱤ";
    /// Sindhi.
    Sd = "sd", "سنڌي";
    /// Tamil.
    Ta = "ta", "தமிழ்";
    /// Telugu.
    Te = "te", "తెలుగు";
    /// Urdu.
    Ur = "ur", "اردو";
}

impl Language {
    /// The language that a tag such as `hi` or `hi-IN` names.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.trim();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Which way it is written, as in the attribute `dir`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Ks | Self::Sd | Self::Ur => "rtl",
            _ => "ltr",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_tag_and_written_as_its_tag() {
        for language in Language::ALL {
            let region = format!("{}-IN", language.tag().to_uppercase());
            assert_eq!([language.tag(), &region].map(Language::from_tag), [Some(language); 2]);
            assert_eq!(serde_json::to_value(language).expect("json"), language.tag());
        }
        assert_eq!(["", "-", "fr", "english"].map(Language::from_tag), [None; 4]);
    }

    #[test]
    fn there_are_english_and_the_twenty_two_of_the_eighth_schedule() {
        assert_eq!(Language::ALL.len(), 1 + 22);
        let to_the_left: Vec<_> = Language::ALL.into_iter().filter(|one| one.direction() == "rtl").collect();
        assert_eq!(to_the_left, [Language::Ks, Language::Sd, Language::Ur]);
    }
}
