//! Identifiers: one newtype a noun, so that a consent's id is never passed where an ASP's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no identifier (a UUID in its hyphenated form).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct BadId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }
    };
}

id!(
    /// A GSP, the bridge company.
    GspId
);
id!(
    /// An ASP, the outside application a taxpayer uses.
    AspId
);
id!(
    /// An ASP under a GSP: what one client id names.
    ApplicationId
);
id!(
    /// A person who may sign for a taxpayer.
    SignatoryId
);
id!(
    /// One OTP that was asked for.
    OtpRequestId
);
id!(
    /// One consent. UUID v7: sorts by the time it was given.
    ConsentId
);
id!(
    /// What is owed to a person because of an event.
    AlertId
);
id!(
    /// One alert, one channel, one recipient; the root of the stable `Message-ID` and `client_ref`.
    DeliveryId
);
id!(
    /// Somebody beside the signatories who is told, or was.
    ContactId
);
