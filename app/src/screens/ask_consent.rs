//! The questions before an act on one consent: pause, resume, "I did not give this".

use leptos::prelude::*;

use super::address::{use_consent_key, use_param};
use crate::{
    api::{ServiceError, consents, views::ConsentPage},
    components::{ConsentFacts, Loaded, Moot, NotYours, Post, Question, Tabs},
    model::{consent::Wish, role::Move},
    paths,
    text::{control::Asked, use_text},
};

#[component]
pub(super) fn AskConsent() -> impl IntoView {
    let (key, what) = (use_consent_key(), use_param("what"));
    let page = Resource::new(
        move || (key.get(), what.get()),
        async |(key, what)| {
            let ((gstin, id), what) = (key?, what.ok_or(ServiceError::NotFound)?);
            // A question that nobody asks is a page that does not exist.
            act(&what).ok_or(ServiceError::NotFound)?;
            Ok((what, consents::consent(gstin, id).await?))
        },
    );
    view! { <Loaded from=page render=|(what, page)| question(&what, page) /> }
}

/// One act on a consent.
struct Act {
    asked: &'static Asked,
    wish: Wish,
    made: Move,
    action: &'static str,
}

fn act(what: &str) -> Option<Act> {
    let t = &use_text().control.asked;
    let act = |asked, wish, made, action| Some(Act { asked, wish, made, action });
    match what {
        "pause" => act(&t.pause, Wish::Pause, Move::Tighten, "/api/pause"),
        "resume" => act(&t.resume, Wish::Resume, Move::Loosen, "/api/resume"),
        "disown" => act(&t.disown, Wish::Revoke, Move::Tighten, "/api/disown"),
        _ => None,
    }
}

fn question(what: &str, page: ConsentPage) -> AnyView {
    let Some(Act { asked, wish, made, action }) = act(what) else { return ().into_any() };
    let ConsentPage { as_of, role, row, .. } = page;
    let (gstin, id, name) = (row.consent.gstin, row.consent.id, row.asp.clone());
    let back = paths::consent(gstin, id);
    let body = if let Err(reason) = role.may(made) {
        view! { <NotYours title=(asked.title)(&name) reason back /> }.into_any()
    } else if row.consent.may(wish, as_of).is_err() {
        view! { <Moot title=(asked.title)(&name) back /> }.into_any()
    } else {
        let version = ("version", row.consent.version.to_string());
        let fields = vec![("gstin", gstin.to_string()), ("id", id.to_string()), version];
        let post = Post { action, fields };
        let takes_away = made == Move::Tighten;
        view! { <Question asked name first=None takes_away post cancel=back /> }.into_any()
    };
    view! {
        <Tabs gstin />
        {body}
        <ConsentFacts row as_of />
    }
    .into_any()
}
