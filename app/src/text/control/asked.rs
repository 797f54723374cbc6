//! The questions before an act: what it is called, what it means, what the button says.

/// One question. The words that vary are the name of an ASP, or nothing.
pub struct Asked {
    pub title: fn(&str) -> String,
    pub points: &'static [fn(&str) -> String],
    pub button: fn(&str) -> String,
}

/// All of them.
pub struct Questions {
    pub pause: Asked,
    pub resume: Asked,
    pub disown: Asked,
    pub block: Asked,
    pub unblock: Asked,
    pub allow: Asked,
    pub disallow: Asked,
    pub only_allowed: Asked,
    pub every_asp: Asked,
    pub switch_off: Asked,
    pub thaw: Asked,
    /// How many live consents end with it.
    pub ends: fn(i64) -> String,
    pub cancel: &'static str,
    pub moot: &'static str,
    pub back: &'static str,
}
