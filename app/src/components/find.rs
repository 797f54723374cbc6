//! Finding in a list: a form whose answer is an address, and what is looked for as chips that can be taken away.

use leptos::prelude::*;

use crate::{
    api::views::TaxpayerChoice,
    model::{
        filter::{ConsentFilter, Sort, StateFilter},
        return_type::ReturnType,
    },
    text::{Text, control::words as control_words, use_text},
};

/// `states` are those that the list can hold; `taxpayers` those that it is about, where it is about several.
#[component]
pub(crate) fn Find(
    path: String,
    filter: ConsentFilter,
    states: &'static [StateFilter],
    #[prop(optional)] taxpayers: Vec<TaxpayerChoice>,
) -> impl IntoView {
    let text = use_text();
    let t = &text.control.find;
    let gstin = filter.gstin.map(|gstin| gstin.to_string()).unwrap_or_default();
    let taxpayers: Vec<_> = taxpayers
        .into_iter()
        .map(|one| (one.gstin.to_string(), format!("{} ({})", one.trade_name, one.gstin)))
        .collect();
    let states = states.iter().map(|one| (name(one), state(text, *one).to_owned())).collect();
    let returns = ReturnType::ALL.iter().map(|one| (name(one), control_words::kind(text, *one).to_owned())).collect();
    let sorts = Sort::ALL.iter().map(|one| (name(one), sort(text, *one).to_owned())).collect();
    let day = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let open = !filter.is_everything();
    view! {
        <details class="find" open=open>
            <summary>{t.title}</summary>
            <form method="get" action=path.clone() role="search">
                <div class="fields">
                    {(!taxpayers.is_empty())
                        .then(|| view! { <Select label=t.taxpayer name="gstin" options=taxpayers chosen=gstin any=Some(t.any) /> })}
                    <label>
                        {t.asp}
                        <input type="search" name="asp" maxlength="60" value=filter.asp.clone().unwrap_or_default() />
                    </label>
                    <label>
                        {t.gsp}
                        <input type="search" name="gsp" maxlength="60" value=filter.gsp.clone().unwrap_or_default() />
                    </label>
                    <label>
                        {t.from}
                        <input type="date" name="from" value=day(filter.from) />
                    </label>
                    <label>
                        {t.to}
                        <input type="date" name="to" value=day(filter.to) />
                    </label>
                    <Select label=t.state name="state" options=states chosen=filter.state.map(|one| name(&one)).unwrap_or_default() any=Some(t.any) />
                    <Select label=t.returns name="returns" options=returns chosen=filter.returns.map(|one| name(&one)).unwrap_or_default() any=Some(t.any) />
                    <Select label=t.sort name="sort" options=sorts chosen=name(&filter.sort) any=None />
                </div>
                <button class="button primary" type="submit">
                    {t.find}
                </button>
            </form>
        </details>
        <Chips path filter />
    }
}

/// What is looked for, each part with a link that looks without it.
#[component]
fn Chips(path: String, filter: ConsentFilter) -> impl IntoView {
    let text = use_text();
    let t = &text.control.find;
    if filter.is_everything() {
        return None;
    }
    let day = |date: jiff::civil::Date| format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year());
    let all = filter.clone();
    let without = |change: fn(&mut ConsentFilter)| {
        let mut less = all.clone();
        change(&mut less);
        address(&path, &less)
    };
    let parts = [
        filter.gstin.map(|gstin| (t.taxpayer, gstin.to_string(), without(|less| less.gstin = None))),
        filter.asp.clone().map(|asp| (t.asp, asp, without(|less| less.asp = None))),
        filter.gsp.clone().map(|gsp| (t.gsp, gsp, without(|less| less.gsp = None))),
        filter.from.map(|from| (t.from, day(from), without(|less| less.from = None))),
        filter.to.map(|to| (t.to, day(to), without(|less| less.to = None))),
        filter.state.map(|one| (t.state, state(text, one).to_owned(), without(|less| less.state = None))),
        filter
            .returns
            .map(|one| (t.returns, control_words::kind(text, one).to_owned(), without(|less| less.returns = None))),
    ];
    let chips = parts
        .into_iter()
        .flatten()
        .map(|(label, value, href)| {
            let what = format!("{label}: {value}");
            view! {
                <li>
                    <a href=href aria-label=(t.without)(&what)>
                        {what.clone()}
                        <span aria-hidden="true">"×"</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    Some(view! {
        <ul class="chips" aria-label=t.active>
            {chips}
            <li>
                <a href=path>{t.clear}</a>
            </li>
        </ul>
    })
}

/// A list of choices; `any` is the words of the one that leaves all in.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn Select(
    label: &'static str,
    name: &'static str,
    options: Vec<(String, String)>,
    chosen: String,
    any: Option<&'static str>,
) -> impl IntoView {
    let options = any
        .map(|any| (String::new(), any.to_owned()))
        .into_iter()
        .chain(options)
        .map(|(value, words)| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {words}
                </option>
            }
        })
        .collect_view();
    view! {
        <label>
            {label}
            <select name=name>{options}</select>
        </label>
    }
}

/// The address of a list, looked through.
pub(crate) fn address(path: &str, filter: &ConsentFilter) -> String {
    let query = filter.to_string();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A value's name, as a form and an address spell it.
fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}

fn state(text: &Text, state: StateFilter) -> &'static str {
    let words = &text.words;
    match state {
        StateFilter::Live => words.live,
        StateFilter::Paused => words.paused,
        StateFilter::NeverUsed => text.control.find.never_used,
        StateFilter::Expired => words.expired,
        StateFilter::Revoked => words.revoked,
        StateFilter::LoggedOut => words.logged_out,
        StateFilter::Replaced => words.replaced,
        StateFilter::Blocked => words.blocked,
        StateFilter::Disabled => words.disabled,
        StateFilter::Unused => words.unused,
        StateFilter::Disowned => words.disowned,
    }
}

fn sort(text: &Text, sort: Sort) -> &'static str {
    let t = &text.control.find;
    match sort {
        Sort::Newest => t.newest,
        Sort::Oldest => t.oldest,
        Sort::EndsFirst => t.ends_first,
        Sort::EndsLast => t.ends_last,
        Sort::LastUsed => t.last_used,
    }
}
