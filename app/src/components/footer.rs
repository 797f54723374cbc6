//! The foot of every page: help, policies, related sites, when it was last updated.

use leptos::prelude::*;

use crate::text::use_text;

/// When the words of the screen last changed (GIGW 3.0 wants it said on every page).
const UPDATED: &str = "24/11/2026";

#[component]
pub(crate) fn Footer() -> impl IntoView {
    let text = use_text();
    view! {
        <footer>
            <ul>
                <li>
                    <HelpDesk />
                </li>
                <li>
                    <a href="https://selfservice.gstsystem.in/">
                        {text.frame.grievance} " (selfservice.gstsystem.in)"
                    </a>
                </li>
                <li>
                    <a href="https://www.gst.gov.in/policies/website">{text.frame.policies}</a>
                </li>
                <li>
                    <a href="https://www.gst.gov.in/">{text.frame.gst_portal}</a>
                </li>
                <li>
                    <a href="https://www.cbic.gov.in/">{text.frame.related_sites} ": CBIC"</a>
                </li>
            </ul>
            <p>{text.frame.updated} ": " {UPDATED}</p>
        </footer>
    }
}

#[component]
pub(super) fn HelpDesk() -> impl IntoView {
    let text = use_text();
    view! { <a href="tel:18001034786">{text.frame.help_desk} ": 1800-103-4786"</a> }
}
