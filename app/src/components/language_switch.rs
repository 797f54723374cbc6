//! The language switch: a plain form, a button a language. The page is loaded anew in the chosen one.

use leptos::prelude::*;

use crate::{
    model::language::Language,
    text::{self, use_text},
};

#[component]
pub(crate) fn LanguageSwitch() -> impl IntoView {
    let text = use_text();
    let current = use_context::<Language>().unwrap_or_default();
    let buttons = text::spoken()
        .map(|language| {
            view! {
                <button
                    type="submit"
                    name="language"
                    value=language.tag()
                    lang=language.tag()
                    aria-pressed=(language == current).to_string()
                >
                    {language.own_name()}
                </button>
            }
        })
        .collect_view();
    view! {
        <form method="post" action="/api/choose-language" class="languages">
            <fieldset>
                <legend>{text.frame.choose_language}</legend>
                {buttons}
            </fieldset>
        </form>
    }
}
