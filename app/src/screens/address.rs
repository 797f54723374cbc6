//! What a page reads from its address.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::ServiceError,
    model::{filter::ConsentFilter, gstin::Gstin, id::ConsentId},
};

/// The taxpayer of the page; what is no GSTIN is a page that does not exist.
pub(super) fn use_gstin() -> Memo<Result<Gstin, ServiceError>> {
    let params = use_params_map();
    Memo::new(move |_| {
        params.with(|params| params.get("gstin")).and_then(|text| text.parse().ok()).ok_or(ServiceError::NotFound)
    })
}

/// The taxpayer and the consent of the page.
pub(super) fn use_consent_key() -> Memo<Result<(Gstin, ConsentId), ServiceError>> {
    let (gstin, params) = (use_gstin(), use_params_map());
    Memo::new(move |_| {
        let id = params.with(|params| params.get("id")).and_then(|text| text.parse().ok());
        Ok((gstin.get()?, id.ok_or(ServiceError::NotFound)?))
    })
}

/// The cursor after which the page's list starts.
pub(super) fn use_after() -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get("after")))
}

/// A part of the page's address.
pub(super) fn use_param(name: &'static str) -> Memo<Option<String>> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get(name)))
}

/// What is looked for in the page's list. What cannot be looked for is an address that cannot be read.
pub(super) fn use_filter() -> Memo<Result<ConsentFilter, ServiceError>> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| ConsentFilter::read(|name| query.get_str(name)).map_err(|_| ServiceError::Unreadable))
    })
}

/// A parameter of the page's query.
pub(super) fn use_query(name: &'static str) -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name)))
}
