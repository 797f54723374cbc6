//! What only a browser can do: read the pieces of a chosen file that a check asks for, and fetch one's own receipt.

use js_sys::Uint8Array;
use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlInputElement, Response};

use super::outcome::Outcome;
use crate::{
    model::{
        merkle::PublicKeys,
        receipt::{Check, Checked, Fault, Step},
    },
    paths,
};

/// Checks the file that was just chosen.
pub(super) fn check_chosen(event: &ev::Event, keys: StoredValue<PublicKeys>, outcome: RwSignal<Option<Outcome>>) {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(file) = input.and_then(|input| input.files()).and_then(|files| files.get(0)) else { return };
    outcome.set(Some(Outcome::Working));
    let keys = keys.get_value();
    spawn_local(async move {
        let checked = check_blob(&file, &keys).await;
        outcome.set(Some(checked.map_or(Outcome::UnreadableFile, Outcome::decided)));
    });
}

/// Fetches and checks the receipt that the page's address names, if it names one of ours.
pub(super) fn check_what_the_address_names(keys: StoredValue<PublicKeys>, outcome: RwSignal<Option<Outcome>>) {
    let search = window().location().search().unwrap_or_default();
    let Some(path) = search.strip_prefix("?receipt=").filter(|path| paths::is_receipt_file(path)) else { return };
    outcome.set(Some(Outcome::Working));
    let (path, keys) = (path.to_owned(), keys.get_value());
    spawn_local(async move {
        let checked = async {
            let response: Response = JsFuture::from(window().fetch_with_str(&path)).await?.dyn_into()?;
            if !response.ok() {
                return Err(JsValue::NULL);
            }
            let document: Blob = JsFuture::from(response.blob()?).await?.dyn_into()?;
            check_blob(&document, &keys).await
        };
        outcome.set(Some(checked.await.map_or(Outcome::UnreadableFile, Outcome::decided)));
    });
}

/// The hash on the paper whose code led to this page, as `#reference.hash`.
pub(super) fn hash_on_paper() -> Option<String> {
    let fragment = window().location().hash().ok()?;
    let (_, hash) = fragment.strip_prefix('#')?.rsplit_once('.')?;
    Some(hash.to_owned())
}

/// Reads what the check asks for and no more: a file of any size, a piece at a time.
async fn check_blob(blob: &Blob, keys: &PublicKeys) -> Result<Result<Checked, Fault>, JsValue> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a file's size, which JavaScript has as a float that is exact up to 2^53"
    )]
    let (mut check, mut step) = Check::begin(blob.size() as u64, keys);
    loop {
        match step {
            Step::Done(done) => return Ok(*done),
            Step::Read(range) => {
                #[expect(clippy::cast_precision_loss, reason = "within the file's size, see above")]
                let piece = blob.slice_with_f64_and_f64(range.start as f64, range.end as f64)?;
                let bytes = JsFuture::from(piece.array_buffer()).await?;
                step = check.read(&Uint8Array::new(&bytes).to_vec());
            }
        }
    }
}
