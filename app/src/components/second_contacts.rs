//! Who else is told: each second contact with what can be done about it, and a form to name one.

use leptos::prelude::*;

use super::LanguageSelect;
use crate::{
    api::views::SecondContact,
    model::{gstin::Gstin, ist, language::Language, second_contact::CODE_TRIES_MAX},
    text::use_text,
};

#[component]
pub(crate) fn SecondContacts(gstin: Gstin, languages: Vec<Language>, contacts: Vec<SecondContact>) -> impl IntoView {
    let t = &use_text().alerts;
    // The screen may speak a language that messages are not written in.
    let language = use_context().filter(|language| languages.contains(language)).unwrap_or_default();
    let known = contacts.into_iter().map(|contact| view! { <Known gstin contact /> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="second">
            <h2 id="second">{t.second}</h2>
            <p>{t.second_lead}</p>
            {known}
            <h3>{t.name_one}</h3>
            <form method="post" action="/api/name-contact">
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <div class="field">
                    <label for="contact-name">{t.name}</label>
                    <input id="contact-name" name="name" type="text" required maxlength="100" autocomplete="off" />
                </div>
                <div class="field">
                    <label for="contact-email">{t.email}</label>
                    <input id="contact-email" name="email" type="email" required maxlength="254" autocomplete="off" />
                </div>
                <div class="field">
                    <label for="contact-mobile">{t.mobile}</label>
                    <input
                        id="contact-mobile"
                        name="mobile"
                        type="text" inputmode="numeric"
                        required
                        pattern="[6-9][0-9]{9}"
                        maxlength="10"
                        autocomplete="off"
                    />
                </div>
                <div class="field">
                    <label for="contact-language">{t.language}</label>
                    <LanguageSelect id="contact-language" languages chosen=language />
                </div>
                <button class="button primary" type="submit">
                    {t.send_codes}
                </button>
            </form>
        </section>
    }
}

#[component]
fn Known(gstin: Gstin, contact: SecondContact) -> impl IntoView {
    let t = &use_text().alerts;
    let SecondContact { id, name, email, mobile, confirmed_at, waits_until, tries_left } = contact;
    let state = match (confirmed_at, waits_until) {
        (Some(at), _) => (t.confirmed)(&ist::minute(at)),
        (None, Some(until)) => (t.waits)(&ist::minute(until)),
        (None, None) => t.codes_over.to_owned(),
    };
    let wrong = (waits_until.is_some() && tries_left < CODE_TRIES_MAX)
        .then(|| view! { <p class="problem" role="status">{(t.wrong_codes)(tries_left)}</p> });
    let answer = waits_until.is_some().then(|| {
        let (email_id, mobile_id) = (format!("email-code-{id}"), format!("mobile-code-{id}"));
        view! {
            <form method="post" action="/api/confirm-contact">
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="id" value=id.to_string() />
                <div class="field">
                    <label for=email_id.clone()>{t.email_code}</label>
                    <input id=email_id name="email_code" type="text" inputmode="numeric" required pattern="[0-9]{6}" maxlength="6" autocomplete="off" />
                </div>
                <div class="field">
                    <label for=mobile_id.clone()>{t.mobile_code}</label>
                    <input id=mobile_id name="mobile_code" type="text" inputmode="numeric" required pattern="[0-9]{6}" maxlength="6" autocomplete="off" />
                </div>
                <button class="button primary" type="submit">{t.confirm}</button>
            </form>
        }
    });
    view! {
        <article class="contact">
            <h3>{name.clone()}</h3>
            <p class="address">{format!("{email}, {mobile}")}</p>
            <p>{state}</p>
            {wrong}
            {answer}
            <form method="post" action="/api/remove-contact">
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="id" value=id.to_string() />
                <button class="button danger" type="submit">{(t.remove)(&name)}</button>
            </form>
        </article>
    }
}
