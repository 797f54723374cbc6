//! Writes an alert down as owed, in the transaction of what it tells: a delivery a channel, for each signatory and for each
//! second contact that agreed.

use app::model::{
    Timestamp,
    alert::{Alert, AlertKind, Channel, Delivery, Matter},
    gstin::Gstin,
    id::{AlertId, ConsentId, ContactId, DeliveryId, SignatoryId},
    preference::Preference,
};

use crate::{
    chance::Chance,
    store::{StoreError, Writing},
};

/// An alert before it has deliveries.
#[derive(Debug, Clone)]
pub struct Owed {
    /// Whose.
    pub gstin: Gstin,
    /// About which consent, if it is about one.
    pub consent: Option<ConsentId>,
    /// What it tells.
    pub matter: Matter,
    /// The moment of it.
    pub at: Timestamp,
}

/// One person, by one road.
#[derive(Debug, Clone, Copy)]
pub struct Addressee {
    /// The signatory.
    pub signatory: SignatoryId,
    /// Their contact, where it does not go to themselves.
    pub contact: Option<ContactId>,
    /// The road.
    pub channel: Channel,
}

/// Owes an alert to everybody who wants it. One that nobody wants is kept all the same: the screen shows it, and it is not
/// owed a second time.
pub async fn owe(work: &mut dyn Writing, chance: &dyn Chance, owed: Owed) -> Result<AlertId, StoreError> {
    let to = everybody(work, owed.gstin, owed.matter.kind()).await?;
    owe_to(work, chance, owed, &to).await
}

/// Owes an alert to these.
pub async fn owe_to(
    work: &mut dyn Writing,
    chance: &dyn Chance,
    owed: Owed,
    to: &[Addressee],
) -> Result<AlertId, StoreError> {
    let Owed { gstin, consent, matter, at } = owed;
    let alert = Alert { gstin, id: AlertId(chance.id(at)), consent, matter, owed_at: at };
    // The node that sends may be another one, whose clock is behind.
    let due_at = work.shared_now(at).await?;
    let deliveries: Vec<_> = to
        .iter()
        .map(|to| Delivery {
            contact: to.contact,
            due_at,
            ..Delivery::owed(&alert, DeliveryId(chance.id(at)), to.channel, to.signatory)
        })
        .collect();
    work.add_alert(&alert, &deliveries).await?;
    Ok(alert.id)
}

/// Who is told of a kind, and how: what is optional only as each signatory chose, and a second contact as the signatory
/// who named it.
pub async fn everybody(work: &mut dyn Writing, gstin: Gstin, kind: AlertKind) -> Result<Vec<Addressee>, StoreError> {
    let chosen = if kind.is_optional() { work.preferences(gstin).await? } else { Vec::new() };
    let wants = |signatory: SignatoryId, channel| {
        let chosen = chosen.iter().find(|(person, ..)| *person == signatory);
        chosen.is_none_or(|(_, preference, _): &(SignatoryId, Preference, i64)| preference.wants(kind, channel))
    };
    let mut to = Vec::new();
    for (signatory, contact) in work.addressees(gstin).await? {
        let roads = Channel::ALL.into_iter().filter(|channel| wants(signatory, *channel));
        to.extend(roads.map(|channel| Addressee { signatory, contact, channel }));
    }
    Ok(to)
}
