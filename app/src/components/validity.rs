//! How long a consent still holds: the end, the words, and a bar that repeats the words for the eye.

use leptos::prelude::*;

use super::Moment;
use crate::{
    model::{Timestamp, consent::Consent, ist},
    text::{use_text, words},
};

#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn Validity(consent: Consent, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let live = consent.is_open(as_of);
    view! {
        <Moment at=consent.ends_at() />
        {live
            .then(|| {
                view! {
                    <span class="left">{(text.words.left)(ist::left(consent.ends_at(), as_of))}</span>
                    <meter
                        aria-hidden="true"
                        min="0"
                        max="100"
                        value=words::percent_left(&consent, as_of).to_string()
                    ></meter>
                }
            })}
    }
}
