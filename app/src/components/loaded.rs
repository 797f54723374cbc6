//! What comes from the server: a word while it loads, then the page, or why there is none.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::Problem;
use crate::{api::ServiceError, text::use_text};

#[component]
pub(crate) fn Loaded<T, R>(from: Resource<Result<T, ServiceError>>, render: R) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    R: Fn(T) -> AnyView + Copy + Send + Sync + 'static,
{
    view! {
        <Suspense fallback=|| {
            view! {
                <p class="loading" role="status">
                    {use_text().frame.loading}
                </p>
            }
        }>
            {move || Suspend::new(async move {
                match from.await {
                    Ok(value) => render(value),
                    Err(error) => view! { <Problem error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}
