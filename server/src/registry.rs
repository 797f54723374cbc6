//! The registry from a file: GSPs, ASPs, applications and API gateways, checked as a whole and written as a whole.
//!
//! What is in the file is added or changed; what is not stays as it is. The same file twice changes nothing the second
//! time. A standing that the file does not name stays as it is, so that an import lifts no suspension.

mod push;

use std::collections::{BTreeMap, BTreeSet};

use app::model::{
    id::{ApplicationId, AspId, GspId},
    registry::{Application, Asp, Gsp, Standing},
};
use serde::Deserialize;

pub(crate) use self::push::AUTHORIZATION as PUSH_AUTHORIZATION;
use self::push::PushEntry;
use crate::{
    alerts::sms_template::SmsTemplates,
    chance::Chance,
    clock::Clock,
    nodes,
    store::{
        Store, StoreError, Writing,
        port::{Change, Registered},
    },
    vault::{KeyedHash, Purpose, Vault},
};

/// Bytes of a gateway's or a GSP's secret at least: it is drawn, not thought up.
const SECRET_BYTES_MIN: usize = 16;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryFile {
    #[serde(default)]
    gsps: Vec<GspEntry>,
    #[serde(default)]
    asps: Vec<AspEntry>,
    #[serde(default)]
    applications: Vec<ApplicationEntry>,
    #[serde(default)]
    gateways: Vec<GatewayEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AspEntry {
    id: AspId,
    name: String,
    short_name: String,
    standing: Option<Standing>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GspEntry {
    id: GspId,
    name: String,
    short_name: String,
    standing: Option<Standing>,
    /// How it is told of ends; without it, that stays as it is.
    push: Option<PushEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationEntry {
    id: ApplicationId,
    client_id: String,
    /// Needed for a new one; without it, the secret stays as it is.
    client_secret: Option<String>,
    asp: AspId,
    gsp: GspId,
    standing: Option<Standing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GatewayEntry {
    name: String,
    secret: String,
}

// Not derived: a secret is in nobody's log.
impl std::fmt::Debug for ApplicationEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApplicationEntry").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GatewayEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewayEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// GSPs.
    pub gsps: usize,
    /// ASPs.
    pub asps: usize,
    /// Applications.
    pub applications: usize,
    /// API gateways.
    pub gateways: usize,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CannotImport {
    /// It is not the file that this is for.
    #[error("the file is no registry: {0}")]
    Form(#[from] serde_json::Error),
    /// An entry cannot be as it is.
    #[error("{0}")]
    Entry(String),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn wrong<T>(what: String) -> Result<T, CannotImport> {
    Err(CannotImport::Entry(what))
}

fn is_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What the wire calls an application.
fn is_client_id(text: &str) -> bool {
    text.strip_prefix("l7xx").is_some_and(is_hex)
}

impl RegistryFile {
    /// Reads it.
    ///
    /// # Errors
    /// [`CannotImport`] says which entry is wrong, and how.
    pub fn parse(text: &str, templates: &SmsTemplates) -> Result<Self, CannotImport> {
        let file: Self = serde_json::from_str(text)?;
        let gsps = file.gsps.iter().map(|gsp| (gsp.id, gsp.name.as_str(), gsp.short_name.as_str()));
        names_are_right("GSP", gsps, templates)?;
        let asps = file.asps.iter().map(|asp| (asp.id, asp.name.as_str(), asp.short_name.as_str()));
        names_are_right("ASP", asps, templates)?;
        push::are_right(file.gsps.iter().filter_map(|gsp| Some((gsp.name.as_str(), gsp.push.as_ref()?))))?;
        let (mut ids, mut client_ids) = (BTreeSet::new(), BTreeSet::new());
        for entry in &file.applications {
            let ApplicationEntry { id, client_id, client_secret, .. } = entry;
            if !is_client_id(client_id) {
                return wrong(format!("{client_id:?}: a client id is l7xx and 32 hexadecimal digits"));
            }
            if client_secret.as_ref().is_some_and(|secret| !is_hex(secret)) {
                return wrong(format!("{client_id}: a client secret is 32 hexadecimal digits"));
            }
            if !ids.insert(*id) || !client_ids.insert(client_id) {
                return wrong(format!("{client_id}: there are two applications of this id or client id"));
            }
        }
        let mut names = BTreeSet::new();
        for GatewayEntry { name, secret } in &file.gateways {
            if name.trim().is_empty() || secret.len() < SECRET_BYTES_MIN || !names.insert(name) {
                let least = SECRET_BYTES_MIN;
                return wrong(format!(
                    "gateway {name:?}: it needs a name of its own and a secret of {least} bytes or more"
                ));
            }
        }
        Ok(file)
    }

    /// Writes it, all of it or nothing. When this answers, no server answers from what it knew before: a secret that was
    /// replaced opens nothing, whoever was suspended is let in nowhere.
    ///
    /// # Errors
    /// [`CannotImport`] where it does not fit what is there, or the store refuses.
    pub async fn import(
        &self,
        store: &dyn Store,
        vault: &Vault,
        clock: &dyn Clock,
        chance: &dyn Chance,
    ) -> Result<Imported, CannotImport> {
        let mut work = store.write().await?;
        let known = work.applications().await?;
        let mut gsps: BTreeMap<_, _> = known.iter().map(|known| (known.gsp.id, known.gsp.clone())).collect();
        let mut asps: BTreeMap<_, _> = known.iter().map(|known| (known.asp.id, known.asp.clone())).collect();
        for GspEntry { id, name, short_name, standing, push } in &self.gsps {
            let standing = standing.or(gsps.get(id).map(|known| known.standing)).unwrap_or(Standing::Active);
            let gsp = Gsp { id: *id, name: name.clone(), short_name: short_name.clone(), standing };
            work.put_gsp(&gsp).await?;
            if let Some(push) = push {
                push.write(&mut *work, vault, &gsp).await?;
            }
            gsps.insert(*id, gsp);
        }
        for AspEntry { id, name, short_name, standing } in &self.asps {
            let standing = standing.or(asps.get(id).map(|known| known.standing)).unwrap_or(Standing::Active);
            let asp = Asp { id: *id, name: name.clone(), short_name: short_name.clone(), standing };
            work.put_asp(&asp).await?;
            asps.insert(*id, asp);
        }
        for entry in &self.applications {
            let (Some(asp), Some(gsp)) = (asps.get(&entry.asp), gsps.get(&entry.gsp)) else {
                return wrong(format!("{}: its ASP or its GSP is neither in the file nor known", entry.client_id));
            };
            let registered = entry.registered(&mut *work, vault, asp, gsp).await?;
            work.put_application(&registered).await?;
        }
        for GatewayEntry { name, secret } in &self.gateways {
            work.put_gateway(name, vault.hash(Purpose::Secret, secret.as_bytes())).await?;
        }
        let now = clock.now();
        let everybodys = Change { id: chance.id(now), gstin: None };
        work.add_change(&everybodys, now).await?;
        work.commit().await?;
        nodes::wait_out(store, everybodys).await;
        Ok(Imported {
            gsps: self.gsps.len(),
            asps: self.asps.len(),
            applications: self.applications.len(),
            gateways: self.gateways.len(),
        })
    }
}

fn names_are_right<'f, Id: Ord>(
    what: &str,
    parties: impl Iterator<Item = (Id, &'f str, &'f str)>,
    templates: &SmsTemplates,
) -> Result<(), CannotImport> {
    let mut ids = BTreeSet::new();
    for (id, name, short_name) in parties {
        if name.trim().is_empty() || short_name.trim().is_empty() {
            return wrong(format!("{what} {name:?}: it needs a name and a short name"));
        }
        if !templates.takes_short_name(short_name) {
            let most = templates.value_characters_max;
            return wrong(format!(
                "{what} {name:?}: a short name has {most} characters at most, all of them in the alphabet of an SMS (GSM-7)"
            ));
        }
        if !ids.insert(id) {
            return wrong(format!("{what} {name:?}: there are two of this id"));
        }
    }
    Ok(())
}

impl ApplicationEntry {
    /// As it is to be written. One that is known keeps its client id, its ASP and its GSP: consents were given to them.
    async fn registered(
        &self,
        work: &mut dyn Writing,
        vault: &Vault,
        asp: &Asp,
        gsp: &Gsp,
    ) -> Result<Registered, CannotImport> {
        let client_id = &self.client_id;
        let known = work.application_by_client_id(client_id).await?;
        let by_id = work.application(self.id).await?;
        let same = |found: &Application| {
            found.id == self.id && found.client_id == *client_id && found.asp.id == asp.id && found.gsp.id == gsp.id
        };
        if known.as_ref().is_some_and(|known| !same(&known.application)) || by_id.is_some_and(|found| !same(&found)) {
            return wrong(format!(
                "{client_id}: it is known with another id, client id, ASP or GSP, which stay as they are"
            ));
        }
        let secret = self.client_secret.as_ref().map(|secret| vault.hash(Purpose::Secret, secret.as_bytes()));
        let kept: Option<KeyedHash> = known.as_ref().map(|known| known.secret_hash);
        let Some(secret_hash) = secret.or(kept) else {
            return wrong(format!("{client_id}: a new application needs a client secret"));
        };
        let standing = self.standing.or(known.map(|known| known.application.standing)).unwrap_or(Standing::Active);
        let application =
            Application { id: self.id, client_id: client_id.clone(), asp: asp.clone(), gsp: gsp.clone(), standing };
        Ok(Registered { application, secret_hash })
    }
}
