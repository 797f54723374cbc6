//! The views of a taxpayer's access: now, history, what was fetched, settings, and the person's own alerts.

use leptos::prelude::*;

use crate::{model::gstin::Gstin, paths, text::use_text};

/// The view that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Live consents.
    Now,
    /// Those that are over.
    History,
    /// What all ASPs fetched.
    Fetched,
    /// The rules for all access.
    Settings,
    /// The person's own alerts.
    Alerts,
}

#[component]
pub(crate) fn Tabs(gstin: Gstin, #[prop(optional)] current: Option<Tab>) -> impl IntoView {
    let text = use_text();
    let tabs = [
        (Tab::Now, paths::access_now(gstin), text.frame.access_now),
        (Tab::History, paths::history(gstin), text.frame.history),
        (Tab::Fetched, paths::fetched(gstin), text.control.fetched.title),
        (Tab::Settings, paths::settings(gstin), text.control.settings.tab),
        (Tab::Alerts, paths::alerts(gstin), text.alerts.title),
    ]
    .map(|(tab, href, words)| {
        view! {
            <li>
                <a href=href aria-current=(current == Some(tab)).then_some("page")>
                    {words}
                </a>
            </li>
        }
    })
    .collect_view();
    view! {
        <nav class="tabs" aria-label=text.frame.tabs>
            <ul>{tabs}</ul>
        </nav>
    }
}
