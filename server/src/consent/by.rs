//! Who acts for a taxpayer: as whom history names them, and in which part.

use app::model::{
    event::Actor,
    gstin::Gstin,
    id::SignatoryId,
    role::{Move, NotYours, Role},
};

use super::Refused;
use crate::store::{StoreError, Writing};

/// Somebody who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// As whom history names them.
    pub actor: Actor,
    /// In which part.
    pub role: Role,
    /// Their id and name, to be remembered where they are no signatory.
    pub person: Option<(SignatoryId, String)>,
}

impl By {
    /// A person whom the portal vouched for.
    pub fn person(id: SignatoryId, name: &str, role: Role) -> Self {
        Self { actor: role.actor(id), role, person: Some((id, name.to_owned())) }
    }

    /// Whether they may make a move.
    pub(super) fn may(&self, made: Move) -> Result<(), Refused> {
        self.role.may(made).map_err(Refused::NotYours)
    }

    /// Remembers their name, in the unit of work that writes what they did.
    pub(super) async fn remember(&self, work: &mut dyn Writing, gstin: Gstin) -> Result<(), StoreError> {
        match &self.person {
            Some((id, name)) => work.know_person(gstin, *id, name).await,
            None => Ok(()),
        }
    }
}

impl From<SignatoryId> for By {
    fn from(id: SignatoryId) -> Self {
        Self { actor: Actor::Signatory(id), role: Role::Signatory, person: None }
    }
}

impl From<NotYours> for Refused {
    fn from(why: NotYours) -> Self {
        Self::NotYours(why)
    }
}
