//! The question before a revoke: what will happen, in plain words.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_consent_key;
use crate::{
    api::{
        consents::{self, Revoke},
        views::ConsentPage,
    },
    components::{ConsentFacts, InlineProblem, Loaded, Tabs, why_not},
    model::{consent::Wish, role::Move},
    paths,
    text::use_text,
};

#[component]
pub(super) fn RevokeScreen() -> impl IntoView {
    let key = use_consent_key();
    let page = Resource::new(
        move || key.get(),
        async |key| {
            let (gstin, id) = key?;
            consents::consent(gstin, id).await
        },
    );
    let revoke = ServerAction::<Revoke>::new();
    view! { <Loaded from=page render=move |page| question(page, revoke) /> }
}

fn question(page: ConsentPage, revoke: ServerAction<Revoke>) -> AnyView {
    let text = use_text();
    let ConsentPage { as_of, role, row, .. } = page;
    let (gstin, id, asp, gsp) = (row.consent.gstin, row.consent.id, row.asp.clone(), row.gsp.clone());
    let title = (text.revoke.title)(&asp);
    let body = if let Err(reason) = role.may(Move::Tighten) {
        view! {
            <p class="lead">{text.control.roles.only_signatory}</p>
            <p>{why_not(text, reason)}</p>
        }
        .into_any()
    } else if row.consent.may(Wish::Revoke, as_of).is_ok() {
        view! {
            <p class="lead">{(text.revoke.lead)(&asp, &gsp)}</p>
            <ul class="plain-words">
                <li class="strong">{(text.revoke.from_now)(&asp)}</li>
                <li class="strong">{text.revoke.final_word}</li>
                <li>{(text.revoke.again)(&asp)}</li>
                <li>{(text.revoke.fetched_stays)(&asp)}</li>
                <li>{text.revoke.told}</li>
            </ul>
            <ActionForm action=revoke>
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="id" value=id.to_string() />
                <div class="choices">
                    <button class="button danger" type="submit" disabled=move || revoke.pending().get()>
                        {(text.revoke.button)(&asp)}
                    </button>
                    <a class="button" href=paths::consent(gstin, id)>
                        {text.revoke.cancel}
                    </a>
                </div>
            </ActionForm>
            <div aria-live="assertive">
                {move || revoke.value().get().and_then(Result::err).map(|error| view! { <InlineProblem error /> })}
            </div>
        }
        .into_any()
    } else {
        view! {
            <p class="lead">{text.revoke.over_already}</p>
            <p>
                <a class="button" href=paths::consent(gstin, id)>
                    {(text.access.details_of)(&asp)}
                </a>
            </p>
        }
        .into_any()
    };
    view! {
        <Title text=title.clone() />
        <Tabs gstin />
        <h1>{title}</h1>
        {body}
        <ConsentFacts row as_of />
    }
    .into_any()
}
