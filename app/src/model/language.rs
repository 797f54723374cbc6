//! The languages that the screen and the alerts speak.

use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($(#[$doc:meta])* $language:ident = $tag:literal, $own_name:literal;)+) => {
        /// A language of the product. Adding one is a line here and the files that the compiler then asks for.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Language {
            $($(#[$doc])* $language),+
        }

        impl Language {
            /// Every language, in the order in which the switch shows them.
            pub const ALL: [Self; [$($tag),+].len()] = [$(Self::$language),+];

            /// The BCP 47 tag, as in `<html lang>` and `Content-Language`.
            pub fn tag(self) -> &'static str {
                match self {
                    $(Self::$language => $tag),+
                }
            }

            /// How the language calls itself.
            pub fn own_name(self) -> &'static str {
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
    /// Hindi, in Devanagari.
    Hi = "hi", "हिन्दी";
}

impl Language {
    /// The language that a tag such as `hi` or `hi-IN` asks for, if the product speaks it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.trim();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}
