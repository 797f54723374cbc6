//! What an API call fetches, in the words that a taxpayer knows: the return, the ledger, the e-invoice.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A kind of data that a consent can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnType {
    /// Outward supplies.
    Gstr1,
    /// Inward supplies, as they change.
    Gstr2a,
    /// Inward supplies, as they stand for input tax credit.
    Gstr2b,
    /// The monthly summary and payment.
    Gstr3b,
    /// Cash, credit and liability ledgers.
    Ledgers,
    /// Invoice reference numbers.
    EInvoice,
    /// Consignments on the road.
    EWayBill,
    /// Everything else: profile, other returns, what this version does not know.
    Other,
}

impl ReturnType {
    /// Every kind, in the order that a screen lists them.
    pub const ALL: [Self; 8] = [
        Self::Gstr1,
        Self::Gstr2a,
        Self::Gstr2b,
        Self::Gstr3b,
        Self::Ledgers,
        Self::EInvoice,
        Self::EWayBill,
        Self::Other,
    ];

    /// The kind that an address asks for: the API's resource and its action, as in `returns/gstr1?action=B2B`.
    ///
    /// The resource decides; where it is only `returns`, the action may name the return (`GSTR2B`). What is not
    /// recognised is [`ReturnType::Other`], which a restriction lets pass only where it says so.
    pub fn of(api: &str, action: &str) -> Self {
        Self::named(api).or_else(|| Self::named(action)).unwrap_or(Self::Other)
    }

    fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        Some(match word.as_str() {
            "gstr1" => Self::Gstr1,
            "gstr2a" => Self::Gstr2a,
            "gstr2b" => Self::Gstr2b,
            "gstr3b" | "retsum" => Self::Gstr3b,
            "ledgers" | "ledger" | "cash" | "itc" => Self::Ledgers,
            "einvoice" | "irn" => Self::EInvoice,
            "ewaybill" | "ewayapi" => Self::EWayBill,
            _ => return None,
        })
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReturnTypes(u16);

impl ReturnTypes {
    /// Whether a kind is in the set.
    pub fn contains(self, kind: ReturnType) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether every kind of this set is in the other.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in their order.
    pub fn iter(self) -> impl Iterator<Item = ReturnType> {
        ReturnType::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<ReturnType> for ReturnTypes {
    fn from_iter<I: IntoIterator<Item = ReturnType>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | kind.bit()))
    }
}

impl Serialize for ReturnTypes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ReturnTypes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kinds = Vec::<ReturnType>::deserialize(deserializer)?;
        if kinds.len() > ReturnType::ALL.len() {
            return Err(D::Error::custom("more kinds than there are"));
        }
        Ok(kinds.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_call_says_what_is_fetched() {
        for (api, action, kind) in [
            ("gstr1", "B2B", ReturnType::Gstr1),
            ("GSTR2A", "", ReturnType::Gstr2a),
            ("returns", "GSTR2B", ReturnType::Gstr2b),
            ("returns", "RETSUM", ReturnType::Gstr3b),
            ("ledgers", "CASH", ReturnType::Ledgers),
            ("einvoice", "IRN", ReturnType::EInvoice),
            ("ewayapi", "", ReturnType::EWayBill),
            ("returns", "FILEDET", ReturnType::Other),
            ("", "", ReturnType::Other),
        ] {
            assert_eq!(ReturnType::of(api, action), kind, "{api} {action}");
        }
    }

    #[test]
    fn a_set_keeps_what_was_put_in_and_says_so_in_words() {
        let set: ReturnTypes = [ReturnType::Gstr3b, ReturnType::Gstr1].into_iter().collect();
        assert!(set.contains(ReturnType::Gstr1) && !set.contains(ReturnType::Other) && !set.is_empty());
        assert!(set.is_within(ReturnType::ALL.into_iter().collect()));
        assert!(!set.is_within([ReturnType::Gstr1].into_iter().collect()));
        let text = serde_json::to_string(&set).expect("words");
        assert_eq!(text, r#"["gstr1","gstr3b"]"#);
        assert_eq!(serde_json::from_str::<ReturnTypes>(&text).expect("a set"), set);
    }
}
