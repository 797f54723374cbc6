//! What the messages of one lease name, read for all of them at once: a lease costs as many statements however many
//! deliveries it takes.

use std::collections::{HashMap, HashSet};

use app::model::{
    Timestamp,
    alert::{Delivery, Matter, Outcome},
    consent::Consent,
    event::Actor,
    gstin::Gstin,
    id::{ApplicationId, AspId, ConsentId, ContactId, DeliveryId, SignatoryId},
    registry::{Application, Asp},
    second_contact::ContactRole,
    taxpayer::Taxpayer,
};

use crate::{
    alerts::{
        outbox::{AboutConsent, Doer, Letter, Notice, OutboxError, Party, Recipient, Role},
        providers::road::{NOBODY, Tried},
        stop_code::stop_code,
    },
    store::{
        StoreError, Writing,
        port::{AttemptOf, DeliveryOfConsent, SealedContact, SealedSignatory},
    },
    vault::{DoesNotOpen, Vault},
};

/// Rows by what they are looked up with.
pub(super) struct Facts {
    taxpayers: HashMap<Gstin, Taxpayer>,
    signatories: HashMap<(Gstin, SignatoryId), SealedSignatory>,
    contacts: HashMap<(Gstin, ContactId), SealedContact>,
    consents: HashMap<(Gstin, ConsentId), Consent>,
    applications: HashMap<ApplicationId, Application>,
    asps: HashMap<AspId, Asp>,
    actors: HashMap<(Gstin, Timestamp), Actor>,
    accountants: HashMap<(Gstin, SignatoryId), String>,
    attempts: HashMap<DeliveryId, Vec<AttemptOf>>,
}

/// Each once.
fn distinct<T: Copy + Eq + std::hash::Hash>(of: impl Iterator<Item = T>) -> Vec<T> {
    of.collect::<HashSet<_>>().into_iter().collect()
}

/// Whether a message about it names an ASP.
pub(in crate::alerts) fn names_asp(matter: &Matter) -> bool {
    matter.kind().is_of_consent() || matter.asp().is_some() || matter.application().is_some()
}

/// Whether who did it has to be read from the event: the consent itself says by whom it was obtained and ended.
fn actor_is_in_event(matter: &Matter) -> bool {
    matter.kind().has_event() && !matches!(matter, Matter::ConsentGiven | Matter::ConsentEnded)
}

impl Facts {
    /// Everything that is to be known of these. What few alerts need is asked for only where one does.
    pub(super) async fn of(work: &mut dyn Writing, due: &[DeliveryOfConsent]) -> Result<Self, StoreError> {
        let gstins = distinct(due.iter().map(|row| row.alert.gstin));
        let taxpayers = work.taxpayers_of(&gstins).await?;
        let signatories = work.signatories_of(&gstins).await?;
        let contacts = distinct(due.iter().filter_map(|row| Some((row.alert.gstin, row.delivery.contact?))));
        let contacts = if contacts.is_empty() { Vec::new() } else { work.contacts_of(&contacts).await? };
        let consents = work
            .consents_of(&distinct(due.iter().filter_map(|row| Some((row.alert.gstin, row.alert.consent?)))))
            .await?;
        let asked = due.iter().filter_map(|row| row.alert.matter.application());
        let applications =
            work.applications_of(&distinct(consents.iter().map(|one| one.application).chain(asked))).await?;
        let asps = distinct(due.iter().filter_map(|row| row.alert.matter.asp()));
        let asps = if asps.is_empty() { Vec::new() } else { work.asps(&asps).await? };
        let events = due.iter().map(|row| &row.alert).filter(|alert| actor_is_in_event(&alert.matter));
        let events = distinct(events.map(|alert| (alert.gstin, alert.owed_at)));
        let actors = if events.is_empty() { Vec::new() } else { work.actors_at(&events).await? };
        let ended = consents.iter().filter_map(|one| Some((one.gstin, one.ended?.by)));
        let acted = ended.chain(actors.iter().map(|(gstin, _, actor)| (*gstin, *actor)));
        let accountants = distinct(acted.filter_map(|(gstin, actor)| match actor {
            Actor::Accountant(id) => Some((gstin, id)),
            _ => None,
        }));
        let accountants = if accountants.is_empty() { Vec::new() } else { work.people_named(&accountants).await? };
        let tried: Vec<_> = due.iter().map(|row| &row.delivery).filter(|delivery| delivery.attempts > 0).collect();
        let mut attempts = HashMap::<_, Vec<_>>::new();
        for attempt in if tried.is_empty() { Vec::new() } else { work.attempts_of(&tried).await? } {
            attempts.entry(attempt.delivery).or_default().push(attempt);
        }
        Ok(Self {
            taxpayers: taxpayers.into_iter().map(|one| (one.gstin, one)).collect(),
            signatories: signatories.into_iter().map(|one| ((one.gstin, one.id), one)).collect(),
            contacts: contacts.into_iter().map(|one| ((one.contact.gstin, one.contact.id), one)).collect(),
            consents: consents.into_iter().map(|one| ((one.gstin, one.id), one)).collect(),
            applications: applications.into_iter().map(|one| (one.id, one)).collect(),
            asps: asps.into_iter().map(|one| (one.id, one)).collect(),
            actors: actors.into_iter().map(|(gstin, at, actor)| ((gstin, at), actor)).collect(),
            accountants: accountants.into_iter().map(|(gstin, id, name)| ((gstin, id), name)).collect(),
            attempts,
        })
    }

    /// Through which providers a delivery went already.
    pub(super) fn tried(&self, delivery: &Delivery) -> Tried {
        let attempts = self.attempts.get(&delivery.id).map_or(&[][..], Vec::as_slice);
        let newest = |of: &dyn Fn(&&AttemptOf) -> bool| attempts.iter().find(of).map(|one| one.provider.clone());
        let took = |one: &&AttemptOf| matches!(one.outcome, Outcome::Accepted { .. });
        Tried {
            last: newest(&|one| one.provider != NOBODY),
            silent: delivery.heard.repeated_at.and_then(|_| newest(&took)),
        }
    }

    /// To whom a delivery goes, and what it says.
    pub(super) fn tell(&self, vault: &Vault, due: &DeliveryOfConsent) -> Result<Letter, OutboxError> {
        let missing = |what: &str| OutboxError::Store(format!("delivery {}: {what} is missing", due.delivery.id));
        let (gstin, matter) = (due.alert.gstin, &due.alert.matter);
        let taxpayer = self.taxpayers.get(&gstin).ok_or_else(|| missing("its taxpayer"))?;
        let consent = match due.alert.consent {
            Some(id) => Some(self.consents.get(&(gstin, id)).ok_or_else(|| missing("its consent"))?),
            None => None,
        };
        if consent.is_none() && matter.kind().is_of_consent() {
            return Err(missing("its consent"));
        }
        let party = self.party(consent, matter);
        if party.is_none() && names_asp(matter) {
            return Err(missing("its ASP"));
        }
        let recipient = self.recipient(vault, due).ok_or_else(|| missing("its recipient"))?;
        let recipient = recipient.map_err(|error| OutboxError::Store(error.to_string()))?;
        let notice = Notice {
            matter: matter.clone(),
            gstin,
            trade_name: taxpayer.trade_name.clone(),
            happened_at: due.alert.owed_at,
            by: self.actor(due, consent).map(|actor| self.doer(gstin, actor)),
            party,
            consent: consent.map(|consent| AboutConsent {
                id: consent.id,
                valid_until: consent.ends_at(),
                ended: consent.ended.map(|ending| ending.reason),
                stop_code: stop_code(vault, gstin, consent.id),
            }),
        };
        Ok(Letter { recipient, notice })
    }

    fn party(&self, consent: Option<&Consent>, matter: &Matter) -> Option<Party> {
        let application = consent.map(|consent| consent.application).or_else(|| matter.application());
        if let Some(application) = application {
            let Application { asp, gsp, .. } = self.applications.get(&application)?;
            return Some(Party {
                asp_name: asp.name.clone(),
                asp_short: asp.short_name.clone(),
                gsp_name: Some(gsp.name.clone()),
                gsp_short: Some(gsp.short_name.clone()),
            });
        }
        let Asp { name, short_name, .. } = self.asps.get(&matter.asp()?)?;
        Some(Party { asp_name: name.clone(), asp_short: short_name.clone(), gsp_name: None, gsp_short: None })
    }

    fn actor(&self, due: &DeliveryOfConsent, consent: Option<&Consent>) -> Option<Actor> {
        match due.alert.matter {
            // That the ASP obtained it is what the whole message says.
            Matter::ConsentGiven => None,
            Matter::ConsentEnded => consent?.ended.map(|ending| ending.by),
            _ => self.actors.get(&(due.alert.gstin, due.alert.owed_at)).copied(),
        }
    }

    fn doer(&self, gstin: Gstin, actor: Actor) -> Doer {
        let name = |id| self.signatories.get(&(gstin, id)).map(|signatory| signatory.name.clone());
        match actor {
            Actor::Application(_) => Doer::Application,
            Actor::Signatory(id) => Doer::Signatory(name(id)),
            Actor::SignatoryBySms(id) => Doer::SignatoryBySms(name(id)),
            Actor::Accountant(id) => Doer::Accountant(self.accountants.get(&(gstin, id)).cloned()),
            Actor::OwnRule => Doer::OwnRule,
            Actor::Officer(_) => Doer::Gstn,
        }
    }

    fn recipient(&self, vault: &Vault, due: &DeliveryOfConsent) -> Option<Result<Recipient, DoesNotOpen>> {
        let gstin = due.alert.gstin;
        if let Some(contact) = due.delivery.contact {
            let sealed = self.contacts.get(&(gstin, contact))?;
            let role = match sealed.contact.role {
                ContactRole::Second if sealed.contact.removed_at.is_none() => Role::SecondContact,
                // A second contact that was removed is told of that, or what was owed to it before.
                ContactRole::Second | ContactRole::Former => Role::FormerContact,
            };
            return Some(sealed.open(vault).map(|(email, mobile)| Recipient {
                name: sealed.contact.name.clone(),
                email,
                mobile,
                language: sealed.contact.language,
                role,
            }));
        }
        let to = self.signatories.get(&(gstin, due.delivery.recipient))?;
        Some(to.open(vault).map(|to| Recipient {
            name: to.name,
            email: to.email,
            mobile: to.mobile,
            language: to.language,
            role: Role::Signatory,
        }))
    }
}
