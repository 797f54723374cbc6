//! Checking a receipt or an export in the browser: the file stays there, and the code is the server's own.

#[cfg(feature = "hydrate")]
mod in_browser;
mod outcome;

use leptos::{ev, html, prelude::*};
use leptos_meta::Title;

use self::outcome::{Outcome, shown};
use crate::{api::keys::public_keys, components::Loaded, model::merkle::PublicKeys, text::use_text};

#[component]
pub(super) fn Verify() -> impl IntoView {
    let check = &use_text().documents.check;
    // The keys come with the page: nothing is asked for any more when something is checked.
    let keys = Resource::new_blocking(|| (), |()| public_keys());
    view! {
        <Title text=check.title />
        <h1>{check.title}</h1>
        <p class="lead">{check.lead}</p>
        <p class="strong">{check.stays_here}</p>
        <Loaded from=keys render=|keys| desk(keys) />
        <section>
            <p>{check.by_command}</p>
            <pre>
                <code>"asp-access verify FILE --keys keys.json"</code>
            </pre>
            <p>
                <a href="/ledger/keys" rel="external" download="keys.json">
                    {check.keys} " (keys.json)"
                </a>
            </p>
        </section>
    }
}

/// Where a file is laid down. It shows once scripts run; before that, and without them, the page says what to do instead.
fn desk(keys: PublicKeys) -> AnyView {
    let check = &use_text().documents.check;
    let (ready, outcome) = (RwSignal::new(false), RwSignal::new(None::<Outcome>));
    let pasted = NodeRef::<html::Textarea>::new();
    let keys = StoredValue::new(keys);
    Effect::new(move |_| {
        ready.set(true);
        #[cfg(feature = "hydrate")]
        in_browser::check_what_the_address_names(keys, outcome);
    });
    let chosen = move |event: ev::Event| {
        #[cfg(feature = "hydrate")]
        in_browser::check_chosen(&event, keys, outcome);
        #[cfg(not(feature = "hydrate"))]
        drop(event);
    };
    let check_pasted = move |_| {
        let text = pasted.get_untracked().map(|area| area.value()).unwrap_or_default();
        outcome.set(Some(keys.with_value(|keys| Outcome::of(text.as_bytes(), keys))));
    };
    view! {
        <p class="inline-problem" hidden=move || ready.get()>
            {check.without_scripts}
        </p>
        <div class="desk" hidden=move || !ready.get()>
            <p>
                <label for="document">{check.choose}</label>
                <input id="document" type="file" accept=".json,.csv,.jsonl,.pdf" on:change=chosen />
            </p>
            <p>
                <label for="pasted">{check.paste}</label>
                <textarea id="pasted" rows="6" spellcheck="false" autocomplete="off" node_ref=pasted></textarea>
            </p>
            <p>
                <button type="button" class="button" on:click=check_pasted>
                    {check.button}
                </button>
            </p>
            <div role="status">{move || outcome.get().map(shown)}</div>
        </div>
    }
    .into_any()
}
