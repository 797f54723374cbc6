//! The views of a taxpayer's access: now, history, and the person's own alerts.

use leptos::prelude::*;

use crate::{model::gstin::Gstin, paths, text::use_text};

/// The view that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Live consents.
    Now,
    /// Those that are over.
    History,
    /// The person's own alerts.
    Alerts,
}

#[component]
pub(crate) fn Tabs(gstin: Gstin, #[prop(optional)] current: Option<Tab>) -> impl IntoView {
    let text = use_text();
    let mark = |tab| (current == Some(tab)).then_some("page");
    view! {
        <nav class="tabs" aria-label=text.frame.tabs>
            <ul>
                <li>
                    <a href=paths::access_now(gstin) aria-current=mark(Tab::Now)>
                        {text.frame.access_now}
                    </a>
                </li>
                <li>
                    <a href=paths::history(gstin) aria-current=mark(Tab::History)>
                        {text.frame.history}
                    </a>
                </li>
                <li>
                    <a href=paths::alerts(gstin) aria-current=mark(Tab::Alerts)>
                        {text.alerts.title}
                    </a>
                </li>
            </ul>
        </nav>
    }
}
