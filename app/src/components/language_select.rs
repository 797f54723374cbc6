//! A choice among the languages of alerts.

use leptos::prelude::*;

use crate::model::language::Language;

#[component]
pub(crate) fn LanguageSelect(id: &'static str, languages: Vec<Language>, chosen: Language) -> impl IntoView {
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
