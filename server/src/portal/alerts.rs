//! A person's own alerts, as the screen shows them.

use app::{
    api::views::{AlertChoice, AlertRow, AlertsPage, SecondContact},
    model::{
        alert::{AlertKind, Channel},
        gstin::Gstin,
        id::SignatoryId,
        language::Language,
    },
};

use crate::{
    alerts,
    preferences::{NotChanged, Preferences, Shown},
};

/// The page.
pub(super) async fn page(
    preferences: &Preferences,
    gstin: Gstin,
    person: SignatoryId,
    test: Option<AlertRow>,
) -> Result<AlertsPage, NotChanged> {
    let Shown { as_of, signatory, chosen: (preference, version), contacts } = preferences.shown(gstin, person).await?;
    let optional = AlertKind::ALL.iter().copied().filter(|kind| kind.is_optional());
    let choice = |kind| AlertChoice {
        kind,
        email: preference.wants(kind, Channel::Email),
        sms: preference.wants(kind, Channel::Sms),
    };
    let contact = |(contact, email, mobile): (app::model::second_contact::Contact, _, _)| {
        let (email, mobile): (app::model::contact::Email, app::model::contact::Mobile) = (email, mobile);
        SecondContact {
            id: contact.id,
            email: email.masked(),
            mobile: mobile.masked(),
            confirmed_at: contact.confirmed_at,
            waits_until: contact.waits(as_of).then(|| contact.codes_expire_at()),
            tries_left: contact.tries_left,
            name: contact.name,
        }
    };
    Ok(AlertsPage {
        as_of,
        gstin,
        language: signatory.language,
        languages: Language::ALL.into_iter().filter(|language| alerts::speaks(*language)).collect(),
        email: signatory.email.masked(),
        mobile: signatory.mobile.masked(),
        choices: optional.map(choice).collect(),
        version,
        contacts: contacts.into_iter().map(contact).collect(),
        test,
    })
}
