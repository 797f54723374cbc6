//! Who else is told: each second contact with what can be done about it, and a form to name one.

use leptos::prelude::*;

use super::{InlineProblem, LanguageSelect};
use crate::{
    api::{
        alerts::{ConfirmContact, NameContact, RemoveContact},
        views::SecondContact,
    },
    model::{gstin::Gstin, ist, second_contact::CODE_TRIES_MAX},
    text::use_text,
};

#[component]
pub(crate) fn SecondContacts(gstin: Gstin, contacts: Vec<SecondContact>) -> impl IntoView {
    let t = &use_text().alerts;
    let (name, confirm, remove) = (
        ServerAction::<NameContact>::new(),
        ServerAction::<ConfirmContact>::new(),
        ServerAction::<RemoveContact>::new(),
    );
    let problem = move || {
        let errors = [
            name.value().get().and_then(Result::err),
            confirm.value().get().and_then(Result::err),
            remove.value().get().and_then(Result::err),
        ];
        errors.into_iter().flatten().next().map(|error| view! { <InlineProblem error /> })
    };
    let known = contacts.into_iter().map(|contact| view! { <Known gstin contact confirm remove /> }).collect_view();
    view! {
        <section aria-labelledby="second">
            <h2 id="second">{t.second}</h2>
            <p>{t.second_lead}</p>
            {known}
            <div aria-live="assertive">{problem}</div>
            <h3>{t.name_one}</h3>
            <ActionForm action=name>
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <p>
                    <label for="contact-name">{t.name}</label>
                    <input id="contact-name" name="name" required maxlength="100" autocomplete="off" />
                </p>
                <p>
                    <label for="contact-email">{t.email}</label>
                    <input id="contact-email" name="email" type="email" required maxlength="254" autocomplete="off" />
                </p>
                <p>
                    <label for="contact-mobile">{t.mobile}</label>
                    <input
                        id="contact-mobile"
                        name="mobile"
                        inputmode="numeric"
                        required
                        pattern="[6-9][0-9]{9}"
                        maxlength="10"
                        autocomplete="off"
                    />
                </p>
                <p>
                    <label for="contact-language">{t.language}</label>
                    <LanguageSelect id="contact-language" chosen=use_context().unwrap_or_default() />
                </p>
                <p>
                    <button class="button" type="submit" disabled=move || name.pending().get()>
                        {t.send_codes}
                    </button>
                </p>
            </ActionForm>
        </section>
    }
}

#[component]
fn Known(
    gstin: Gstin,
    contact: SecondContact,
    confirm: ServerAction<ConfirmContact>,
    remove: ServerAction<RemoveContact>,
) -> impl IntoView {
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
            <ActionForm action=confirm>
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="id" value=id.to_string() />
                <p>
                    <label for=email_id.clone()>{t.email_code}</label>
                    <input id=email_id name="email_code" inputmode="numeric" required pattern="[0-9]{6}" maxlength="6" autocomplete="off" />
                </p>
                <p>
                    <label for=mobile_id.clone()>{t.mobile_code}</label>
                    <input id=mobile_id name="mobile_code" inputmode="numeric" required pattern="[0-9]{6}" maxlength="6" autocomplete="off" />
                </p>
                <p>
                    <button class="button" type="submit">{t.confirm}</button>
                </p>
            </ActionForm>
        }
    });
    view! {
        <article>
            <h3>{name.clone()}</h3>
            <p class="address">{format!("{email}, {mobile}")}</p>
            <p>{state}</p>
            {wrong}
            {answer}
            <ActionForm action=remove>
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="id" value=id.to_string() />
                <button class="button danger" type="submit">{(t.remove)(&name)}</button>
            </ActionForm>
        </article>
    }
}
