//! A moment, as the portal writes it.

use leptos::prelude::*;

use crate::model::{Timestamp, ist};

#[component]
pub(crate) fn Moment(at: Timestamp, #[prop(optional)] seconds: bool) -> impl IntoView {
    let words = if seconds { ist::second(at) } else { ist::minute(at) };
    view! { <time datetime=ist::machine(at)>{words} " IST"</time> }
}
