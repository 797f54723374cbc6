//! A choice among the languages of alerts.

use leptos::prelude::*;

use crate::model::language::Language;

/// One that was chosen stays there to choose, even where it is none of these.
#[component]
pub(crate) fn LanguageSelect(id: &'static str, mut languages: Vec<Language>, chosen: Language) -> impl IntoView {
    if !languages.contains(&chosen) {
        languages.push(chosen);
    }
    let options = languages.into_iter().map(|language| {
        view! {
            <option value=language.tag() selected=language == chosen lang=language.tag()>
                {language.own_name()}
            </option>
        }
    });
    view! {
        <select id=id name="language">
            {options.collect_view()}
        </select>
    }
}
