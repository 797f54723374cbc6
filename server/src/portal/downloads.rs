//! Files that a person takes along: receipts, and the whole history. Plain links, so that they work without scripts; what
//! cannot be given is said in a sentence, with the status that fits.

use std::sync::Arc;

use app::{
    api::{ServiceError, views::AccessRow},
    model::{
        Timestamp,
        filter::{BadFilter, ConsentFilter},
        gstin::Gstin,
        id::ConsentId,
        language::Language,
        page::{Cursor, ROWS_MAX},
        receipt::{FileFormat, ReceiptKind},
    },
    paths, text,
};
use axum::{
    Extension, Router,
    body::Body,
    extract::{Path, Query},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{looking::past_row, pages, service::Visitor};
use crate::{
    paper::{self, NotWritten},
    receipts::{Export, as_stream, sealed_pdf},
    store::{
        Store, StoreError,
        port::{ListedConsent, Search},
    },
};

/// Rows of one PDF of the history; the next part is another document. Some forty pages.
const PART_ROWS: usize = 40 * ROWS_MAX;

type Signed = Option<Extension<Visitor>>;

/// The downloads. Who asks was recognised before.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut routes = Router::new();
    for kind in ReceiptKind::ALL {
        let name = match kind {
            ReceiptKind::Given => "receipt",
            ReceiptKind::Ended => "ending-receipt",
        };
        let at = |ending: &str| format!("/access/{{gstin}}/consents/{{id}}/{name}.{ending}");
        routes = routes
            .route(&at("json"), get(move |who, asked, key| receipt(who, asked, key, kind, As::Document)))
            .route(&at("pdf"), get(move |who, asked, key| receipt(who, asked, key, kind, As::Paper)));
    }
    for format in FileFormat::ALL {
        let path = format!("/access/{{gstin}}/history.{}", format.ending());
        routes = routes.route(&path, get(move |who, asked, gstin| history(who, asked, gstin, format)));
    }
    routes
}

#[derive(Clone, Copy)]
enum As {
    Document,
    Paper,
}

/// How somebody asks: the language, what is looked for, and where a part begins.
struct Asked {
    language: Language,
    filter: Result<ConsentFilter, BadFilter>,
    after: Option<String>,
}

#[derive(Deserialize)]
struct Wishes {
    language: Option<Language>,
    after: Option<String>,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _state: &S,
    ) -> Result<Self, std::convert::Infallible> {
        let wishes = Query::<Wishes>::try_from_uri(&parts.uri).map(|Query(wishes)| wishes);
        let Wishes { language, after } = wishes.unwrap_or(Wishes { language: None, after: None });
        let filter = parts.uri.query().unwrap_or_default().parse().map(ConsentFilter::for_file);
        let spoken = language.filter(|language| text::speaks(*language));
        Ok(Self { language: spoken.unwrap_or_else(|| pages::language(&parts.headers)), filter, after })
    }
}

/// Why there is no file.
enum NoFile {
    Refused(ServiceError),
    NoFonts,
}

impl From<ServiceError> for NoFile {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

impl NoFile {
    fn answer(&self, language: Language) -> Response {
        let text = text::of(language);
        let (status, sentence) = match self {
            Self::NoFonts => (StatusCode::SERVICE_UNAVAILABLE, text.documents.offer.no_pdf.to_owned()),
            Self::Refused(error) => {
                let notice = &text.notice;
                let sentence = match error {
                    ServiceError::NotSignedIn => notice.sign_in.to_owned(),
                    ServiceError::NotFound => notice.not_found.to_owned(),
                    ServiceError::Unreadable => notice.unreadable.to_owned(),
                    // Nothing is changed by a download: the last two are never said of one.
                    ServiceError::Conflict | ServiceError::NotYours { .. } | ServiceError::NotPossible { .. } => {
                        notice.conflict.to_owned()
                    }
                    ServiceError::NoConnection => notice.no_connection.to_owned(),
                    ServiceError::Unavailable { request_id } => {
                        format!("{} {}: {request_id}", notice.unavailable, notice.request_id)
                    }
                };
                (error.status(), sentence)
            }
        };
        (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], sentence).into_response()
    }
}

fn visitor(who: Signed) -> Result<Visitor, NoFile> {
    who.map(|Extension(visitor)| visitor).ok_or(NoFile::Refused(ServiceError::NotSignedIn))
}

/// A GSTIN or an id that is none belongs to nobody.
fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, NoFile> {
    text.parse().map_err(|_| NoFile::Refused(ServiceError::NotFound))
}

fn file(name: &str, content_type: &'static str, body: impl Into<Body>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(content_type));
    if let Ok(disposition) = disposition.parse() {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    (headers, body.into()).into_response()
}

async fn receipt(
    who: Signed,
    asked: Asked,
    Path((gstin, id)): Path<(String, String)>,
    kind: ReceiptKind,
    form: As,
) -> Response {
    let language = asked.language;
    let given = async {
        let (Visitor(service), gstin, id) = (visitor(who)?, parsed::<Gstin>(&gstin)?, parsed::<ConsentId>(&id)?);
        service.mine(gstin)?;
        let portal = &service.portal;
        let found = portal.receipts.document(gstin, id, kind).await.map_err(|error| service.unavailable(&error))?;
        let (document, checked) = found.ok_or(ServiceError::NotFound)?;
        let name = kind.name().replace('_', "-");
        match form {
            As::Document => Ok(file(&format!("{name}-{id}.json"), "application/json", document)),
            As::Paper => {
                let hash = checked.hash.clone();
                let address = format!("{}{}", portal.public_url, paths::VERIFY);
                let pdf = portal.printer.write(move |fonts| paper::receipt(fonts, &checked, language, &address)).await;
                let pdf = pdf.map_err(|error| not_written(&service, &error))?;
                let about = vec![
                    ("gstin".to_owned(), gstin.to_string()),
                    ("what".to_owned(), format!("{} on paper", kind.name())),
                    ("receipt".to_owned(), hash),
                    ("issued_by".to_owned(), portal.public_url.clone()),
                ];
                let pdf = sealed_pdf(&pdf, about, &|content| portal.receipts.sign(content));
                Ok(file(&format!("{name}-{id}.pdf"), "application/pdf", pdf))
            }
        }
    };
    given.await.unwrap_or_else(|refused: NoFile| refused.answer(language))
}

fn not_written(service: &super::service::PersonsService, error: &NotWritten) -> NoFile {
    match error {
        NotWritten::Font => NoFile::NoFonts,
        NotWritten::Pdf(_) => NoFile::Refused(service.unavailable(error)),
    }
}

async fn history(who: Signed, asked: Asked, Path(gstin): Path<String>, format: FileFormat) -> Response {
    let language = asked.language;
    let given = async {
        let (Visitor(service), gstin) = (visitor(who)?, parsed::<Gstin>(&gstin)?);
        service.mine(gstin)?;
        let as_of = service.portal.clock.now();
        let filter = asked.filter.map_err(|BadFilter| ServiceError::Unreadable)?;
        let what = if filter.is_everything() { "API access that is over" } else { "API access that is over, a part" };
        let about = vec![
            ("gstin".to_owned(), gstin.to_string()),
            ("as_of".to_owned(), as_of.to_string()),
            ("what".to_owned(), what.to_owned()),
            // As it stands in an address; empty for everything.
            ("filter".to_owned(), filter.to_string()),
            ("issued_by".to_owned(), service.portal.public_url.clone()),
        ];
        let name = format!("api-access-history-{gstin}.{}", format.ending());
        let receipts = service.portal.receipts.clone();
        match format {
            FileFormat::Csv | FileFormat::JsonLines => {
                let store = service.portal.store.clone();
                let next_rows = Box::new(move |after| {
                    let (store, filter) = (store.clone(), filter.clone());
                    Box::pin(async move { rows_after(&*store, gstin, as_of, filter, after).await }) as _
                });
                let export = Export { format, about, next_rows, sign: Arc::new(move |content| receipts.sign(content)) };
                let content_type = match format {
                    FileFormat::Csv => "text/csv; charset=utf-8",
                    FileFormat::JsonLines | FileFormat::Pdf => "application/jsonl",
                };
                Ok(file(&name, content_type, Body::from_stream(as_stream(export))))
            }
            FileFormat::Pdf => {
                let after = asked.after.map(|after| after.parse::<Cursor>()).transpose();
                let after = after.map_err(|_| ServiceError::Unreadable)?;
                let pdf = part(&service, gstin, as_of, filter, after, language).await?;
                Ok(file(&name, "application/pdf", sealed_pdf(&pdf, about, &|content| receipts.sign(content))))
            }
        }
    };
    given.await.unwrap_or_else(|refused: NoFile| refused.answer(language))
}

/// The rows of the screen's list that is looked through in this way, the newest first.
async fn rows_after(
    store: &dyn Store,
    gstin: Gstin,
    as_of: Timestamp,
    filter: ConsentFilter,
    after: Option<Cursor>,
) -> Result<Vec<ListedConsent>, StoreError> {
    let mut work = store.read().await?;
    if filter.is_everything() {
        return work.list_consents(gstin, false, as_of, after).await;
    }
    work.find_consents(&Search { gstins: vec![gstin], open: false, filter, now: as_of, after }).await
}

/// A part of the history on paper.
async fn part(
    service: &super::service::PersonsService,
    gstin: Gstin,
    as_of: Timestamp,
    filter: ConsentFilter,
    mut after: Option<Cursor>,
    language: Language,
) -> Result<Vec<u8>, NoFile> {
    let mut rows: Vec<AccessRow> = Vec::new();
    loop {
        let found = rows_after(&*service.portal.store, gstin, as_of, filter.clone(), after).await;
        let mut found = found.map_err(|error| service.unavailable(&error))?;
        let more = found.len() > ROWS_MAX;
        found.truncate(ROWS_MAX);
        let last = found.last().map(|row| Cursor { at: row.consent.granted_at, id: row.consent.id.0 });
        rows.extend(found.into_iter().map(|row| past_row(row, as_of)));
        after = last.filter(|_| more);
        if after.is_none() || rows.len() >= PART_ROWS {
            break;
        }
    }
    let path = paths::history_file(gstin, FileFormat::Pdf);
    let asked = if filter.is_everything() { String::new() } else { format!("{filter}&") };
    let (url, tag) = (&service.portal.public_url, language.tag());
    let next = after.map(|after| format!("{url}{path}?{asked}after={after}&language={tag}"));
    let written = service.portal.printer.write(move |fonts| {
        paper::history(fonts, &paper::Part { gstin, as_of, filter: &filter, rows: &rows, next }, language)
    });
    written.await.map_err(|error| not_written(service, &error))
}
