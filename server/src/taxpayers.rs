//! Taxpayers and their signatories from the portal's feed, a JSON object a line. What is there already stays; a changed address
//! or number is told to the old contact and to the new one, in the transaction that changes it.

use app::model::{
    Timestamp,
    access_window::{AccessWindow, MINUTES_MIN},
    alert::{AlertKind, Channel, Matter},
    gstin::Gstin,
    id::{ContactId, SignatoryId},
    language::Language,
    second_contact::{Contact, ContactRole},
    taxpayer::{Signatory, Taxpayer},
};
use serde::Deserialize;

use crate::{
    alerts::owe::{Addressee, Owed, everybody, owe_to},
    chance::Chance,
    store::{
        Store, StoreError, Writing,
        port::{SealedContact, SealedSignatory},
    },
    vault::{DoesNotOpen, Vault},
};

/// Who signs for a taxpayer at most; the store reads no more.
const SIGNATORIES_MAX: usize = 10;

/// A line of the feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    gstin: String,
    username: String,
    legal_name: String,
    trade_name: String,
    signatories: Vec<SignatoryEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatoryEntry {
    id: SignatoryId,
    name: String,
    email: String,
    mobile: String,
    /// Of alerts, for a new signatory; who is known has chosen it at the screen.
    #[serde(default)]
    language: Language,
}

// Not derived: contact data is in nobody's log.
impl std::fmt::Debug for SignatoryEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignatoryEntry").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a line came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fed {
    /// The taxpayer is new.
    Added,
    /// Something was changed.
    Changed,
    /// Everything was so already.
    Same,
}

/// Why a line was not taken. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum BadLine {
    /// It is no line of the feed.
    #[error("it is no taxpayer: {0}")]
    Form(#[from] serde_json::Error),
    /// A value is none.
    #[error("{0}")]
    Value(String),
    /// Contact data in the store does not open.
    #[error(transparent)]
    Sealed(#[from] DoesNotOpen),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What lines are fed into.
pub struct Feed<'a> {
    /// Where taxpayers are.
    pub store: &'a dyn Store,
    /// Seals contact data.
    pub vault: &'a Vault,
    /// Names what is added.
    pub chance: &'a dyn Chance,
}

impl Line {
    fn parse(text: &str) -> Result<(Taxpayer, Vec<Signatory>), BadLine> {
        let Self { gstin, username, legal_name, trade_name, signatories } = serde_json::from_str(text)?;
        let wrong = |what: String| BadLine::Value(format!("{gstin}: {what}"));
        let parsed: Gstin = gstin.parse().map_err(|_| wrong("it is no GSTIN".into()))?;
        if [&username, &legal_name, &trade_name].iter().any(|name| name.trim().is_empty()) {
            return Err(wrong("it needs a user name, a legal name and a trade name".into()));
        }
        if !(1..=SIGNATORIES_MAX).contains(&signatories.len()) {
            return Err(wrong(format!("it needs one signatory at least, and {SIGNATORIES_MAX} at most")));
        }
        let signatory = |entry: SignatoryEntry| {
            let id = entry.id;
            let bad = |error: app::model::contact::BadContact| wrong(format!("signatory {id}: {error}"));
            Ok(Signatory {
                gstin: parsed,
                id,
                name: entry.name,
                email: entry.email.parse().map_err(bad)?,
                mobile: entry.mobile.parse().map_err(bad)?,
                language: entry.language,
            })
        };
        let signatories = signatories.into_iter().map(signatory).collect::<Result<Vec<_>, BadLine>>()?;
        Ok((Taxpayer { gstin: parsed, username, legal_name, trade_name }, signatories))
    }
}

impl Feed<'_> {
    /// Takes a line, all of it or nothing.
    ///
    /// # Errors
    /// [`BadLine`] says what is wrong with it.
    pub async fn take(&self, line: &str, now: Timestamp) -> Result<Fed, BadLine> {
        let (taxpayer, signatories) = Line::parse(line)?;
        let gstin = taxpayer.gstin;
        let mut work = self.store.write().await?;
        let mut fed = match work.taxpayer(gstin).await? {
            None => {
                // As the portal begins: nobody may ask until the taxpayer switches it on.
                let window = AccessWindow::new(gstin, false, MINUTES_MIN, 1);
                work.add_taxpayer(&taxpayer, &window.map_err(|error| BadLine::Value(error.to_string()))?).await?;
                Fed::Added
            }
            Some(known) => {
                work.lock_taxpayer(gstin).await?;
                if known == taxpayer {
                    Fed::Same
                } else {
                    work.update_taxpayer(&taxpayer).await?;
                    Fed::Changed
                }
            }
        };
        let known = work.signatories(gstin).await?;
        for signatory in signatories {
            let changed = match known.iter().find(|known| known.id == signatory.id) {
                None if known.len() >= SIGNATORIES_MAX => {
                    return Err(BadLine::Value(format!("{gstin}: more signatories than {SIGNATORIES_MAX}")));
                }
                None => {
                    work.add_signatory(&SealedSignatory::seal(&signatory, self.vault)).await?;
                    true
                }
                Some(known) => self.change(&mut *work, &known.open(self.vault)?, signatory, now).await?,
            };
            if changed && fed == Fed::Same {
                fed = Fed::Changed;
            }
        }
        if fed != Fed::Same {
            work.commit().await?;
        }
        Ok(fed)
    }

    /// Whether anything of a signatory differed.
    async fn change(
        &self,
        work: &mut dyn Writing,
        before: &Signatory,
        fed: Signatory,
        now: Timestamp,
    ) -> Result<bool, BadLine> {
        let after = Signatory { language: before.language, ..fed };
        if *before == after {
            return Ok(false);
        }
        work.update_signatory(&SealedSignatory::seal(&after, self.vault)).await?;
        let changed: Vec<_> =
            [(Channel::Email, before.email != after.email), (Channel::Sms, before.mobile != after.mobile)]
                .into_iter()
                .filter_map(|(channel, changed)| changed.then_some(channel))
                .collect();
        if changed.is_empty() {
            return Ok(true);
        }
        let former = Contact {
            gstin: before.gstin,
            id: ContactId(self.chance.id(now)),
            signatory: before.id,
            role: ContactRole::Former,
            name: before.name.clone(),
            language: before.language,
            added_at: now,
            tries_left: 0,
            confirmed_at: None,
            removed_at: None,
            version: 1,
        };
        let id = former.id;
        work.add_contact(&SealedContact::seal(former, (&before.email, &before.mobile), None, self.vault)).await?;
        for channel in changed {
            let mut to = everybody(work, before.gstin, AlertKind::ContactChanged).await?;
            to.push(Addressee { signatory: before.id, contact: Some(id), channel });
            let matter = Matter::ContactChanged { channel };
            owe_to(work, self.chance, Owed { gstin: before.gstin, consent: None, matter, at: now }, &to).await?;
        }
        Ok(true)
    }
}
