//! Who may knock at all: GSPs, ASPs and the applications (client ids) that an ASP runs under a GSP.

use serde::{Deserialize, Serialize};

use super::id::{ApplicationId, AspId, GspId};

/// Characters of a short name. A tagged DLT variable carries at most 30; two names share an SMS with dates.
pub const SHORT_NAME_CHARACTERS_MAX: usize = 30;

/// Whether GSTN lets a party take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// May obtain consents and make calls.
    Active,
    /// May do nothing until GSTN lifts it.
    Suspended,
}

/// A GSP, the bridge company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gsp {
    /// Ours, opaque.
    pub id: GspId,
    /// The name that screens and mails show.
    pub name: String,
    /// The name that fits a DLT variable.
    pub short_name: String,
    /// Active or suspended.
    pub standing: Standing,
}

/// An ASP, the outside application a taxpayer uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asp {
    /// Ours, opaque.
    pub id: AspId,
    /// The name that screens and mails show.
    pub name: String,
    /// The name that fits a DLT variable.
    pub short_name: String,
    /// Active or suspended.
    pub standing: Standing,
}

/// An application as the registry knows it: the client id, and the ASP and GSP behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Ours, opaque.
    pub id: ApplicationId,
    /// What the wire calls it: `l7xx` and 32 hexadecimal digits.
    pub client_id: String,
    /// The ASP that runs it.
    pub asp: Asp,
    /// The GSP that it reaches GSTN through.
    pub gsp: Gsp,
    /// Active or suspended.
    pub standing: Standing,
}

impl Application {
    /// Active only while the application, its ASP and its GSP all are.
    pub fn standing(&self) -> Standing {
        let all = [self.standing, self.asp.standing, self.gsp.standing];
        if all.contains(&Standing::Suspended) { Standing::Suspended } else { Standing::Active }
    }
}
