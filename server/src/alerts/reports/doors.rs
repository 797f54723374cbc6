//! Who may say something: a secret a provider and purpose, of which only the keyed hash is kept.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    alerts::{providers::road::NOBODY, secret::Secret, seldom::Seldom},
    clock::Clock,
    metrics::{CallbackResult, metrics},
    vault::{KeyedHash, Purpose, Vault},
};

/// What a gateway's requests are read with, and the secret that they show.
#[derive(Debug, Clone)]
pub struct Door<S> {
    /// Which provider.
    pub provider: String,
    /// What it shows.
    pub secret: Secret,
    /// How its requests are read.
    pub shape: S,
}

/// The doors of all providers.
pub struct Doors<S> {
    kind: &'static str,
    vault: Vault,
    clock: Arc<dyn Clock>,
    by_provider: BTreeMap<String, (KeyedHash, S)>,
    lines: Seldom,
}

impl<S> Doors<S> {
    /// Keeps the hashes of the secrets. `kind` is what comes in by these doors, for whoever counts it.
    pub fn new(kind: &'static str, vault: Vault, clock: Arc<dyn Clock>, doors: Vec<Door<S>>) -> Self {
        let hashed = |door: Door<S>| {
            let hash = vault.hash(Purpose::Secret, door.secret.reveal().as_bytes());
            (door.provider, (hash, door.shape))
        };
        let by_provider = doors.into_iter().map(hashed).collect();
        Self { kind, vault, clock, by_provider, lines: Seldom::default() }
    }

    /// A provider's name as it may stand in a log: whoever asks can write anything into an address.
    pub(in crate::alerts) fn named<'n>(&self, provider: &'n str) -> &'n str {
        if self.by_provider.contains_key(provider) { provider } else { NOBODY }
    }

    /// Counts so many things that a provider sent; how many there were since a line about it was logged, where one is due.
    pub(in crate::alerts) fn count(&self, provider: &str, result: CallbackResult, many: usize) -> Option<usize> {
        metrics().callbacks(self.kind, self.named(provider), result, many);
        self.lines.due(self.named(provider), result.name(), many, self.clock.now())
    }

    /// How this provider's requests are read, if one shows its secret: as `Authorization: Bearer …`, as the password of
    /// `Basic …`, or, for gateways that can only be given an address, as `key` in the query. Compared in constant time. A
    /// provider without a door is refused like a wrong secret.
    pub fn open(&self, provider: &str, headers: &HeaderMap, query: &str) -> Option<&S> {
        let shown = presented(headers).or_else(|| key_in(query)).unwrap_or_default();
        let shown = self.vault.hash(Purpose::Secret, shown.as_bytes());
        self.by_provider.get(provider).filter(|(hash, _)| hash.matches(&shown)).map(|(_, shape)| shape)
    }
}

fn presented(headers: &HeaderMap) -> Option<String> {
    let shown = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = shown.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

fn key_in(query: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    pairs.into_iter().find_map(|(name, value)| (name == "key").then_some(value))
}

impl<S> std::fmt::Debug for Doors<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.by_provider.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{chance::SeededChance, clock::ManualClock};

    fn doors() -> Doors<()> {
        let door =
            |provider: &str, secret: &str| Door { provider: provider.into(), secret: Secret::new(secret), shape: () };
        let vault = Vault::new(&[1; 32], Arc::new(SeededChance::new(1)));
        let clock = Arc::new(ManualClock::at(app::model::Timestamp::UNIX_EPOCH));
        Doors::new("report", vault, clock, vec![door("one", "right"), door("other", "another")])
    }

    #[test]
    fn a_door_opens_to_its_own_secret_in_three_ways() {
        let basic = format!("Basic {}", BASE64_STANDARD.encode("any:right"));
        for (shown, query, opens) in [
            (Some("Bearer right"), "", true),
            (Some("bearer  right "), "", true),
            (Some(basic.as_str()), "", true),
            (None, "msgid=1&key=right", true),
            (Some("Bearer wrong"), "key=right", false),
            (Some("Bearer another"), "", false),
            (Some("Bearer "), "", false),
            (Some("right"), "", false),
            (None, "key=", false),
            (None, "", false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(shown) = shown {
                headers.insert(AUTHORIZATION, shown.parse().expect("a header"));
            }
            assert_eq!(doors().open("one", &headers, query).is_some(), opens, "{shown:?} {query}");
            assert!(doors().open("nobody", &headers, query).is_none());
        }
    }
}
