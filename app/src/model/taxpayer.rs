//! The taxpayer and the people who sign for it.

use serde::{Deserialize, Serialize};

use super::{
    contact::{Email, Mobile},
    gstin::Gstin,
    id::SignatoryId,
    language::Language,
};

/// A taxpayer as the portal registered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxpayer {
    /// The registration.
    pub gstin: Gstin,
    /// The user name at the GST portal, which an ASP sends on the wire.
    pub username: String,
    /// The name in law.
    pub legal_name: String,
    /// The name over the door, as the portal greets it.
    pub trade_name: String,
}

/// An authorised signatory: who is alerted, and who acts. Contact data is never shown unmasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatory {
    /// The registration signed for.
    pub gstin: Gstin,
    /// The person, the same over several registrations.
    pub id: SignatoryId,
    /// The person's name.
    pub name: String,
    /// Where mail goes.
    pub email: Email,
    /// Where SMS goes.
    pub mobile: Mobile,
    /// The language of alerts.
    pub language: Language,
}
