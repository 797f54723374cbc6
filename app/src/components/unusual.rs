//! Signs of unusual use, with their numbers, and the button that says that one is fine.

use leptos::prelude::*;

use super::Hidden;
use crate::{
    api::views::UnusualRow,
    model::{gstin::Gstin, ist},
    text::{control::words as control_words, use_text},
};

#[component]
pub(crate) fn Unusual(gstin: Gstin, signs: Vec<UnusualRow>, may_say: bool) -> impl IntoView {
    let text = use_text();
    let t = &text.control.unusual;
    if signs.is_empty() {
        return None;
    }
    let open = signs.iter().any(|sign| sign.fine_at.is_none());
    let rows = signs
        .into_iter()
        .map(|UnusualRow { alert, sign, at, fine_at, .. }| {
            let fields = vec![("gstin", gstin.to_string()), ("alert", alert.to_string())];
            let after = match fine_at {
                Some(fine_at) => view! { <p class="quiet">{(t.is_fine)(&ist::minute(fine_at))}</p> }.into_any(),
                None if may_say => view! {
                    <form method="post" action="/api/this-is-fine">
                        <Hidden fields />
                        <button class="button" type="submit">
                            {t.fine}
                        </button>
                    </form>
                }
                .into_any(),
                None => ().into_any(),
            };
            view! {
                <li>
                    <p>
                        <span class="strong">{control_words::sign(text, &sign)}</span>
                        " "
                        <span class="quiet">{(t.seen)(&ist::minute(at))}</span>
                    </p>
                    {after}
                </li>
            }
        })
        .collect_view();
    Some(view! {
        <section class="unusual" class:calmed=!open aria-labelledby="unusual">
            <h2 id="unusual">{t.title}</h2>
            {open.then(|| view! { <p>{t.lead} " " {t.not_fine}</p> })}
            <ul>{rows}</ul>
        </section>
    })
}
