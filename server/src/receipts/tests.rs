//! A history of fifty thousand consents, and what is held of it at once.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    consent::Consent,
    id::{ApplicationId, AspId, ConsentId},
    merkle::{Key, KeyId, PublicKey, PublicKeys, Signature},
    page::{Cursor, ROWS_MAX},
    receipt::{FileFormat, Told, check, json::Json, seal},
    registry::Standing,
    usage::UsageTotals,
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use futures::{StreamExt, TryStreamExt};
use uuid::Uuid;

use super::{Export, as_stream, sealed_pdf};
use crate::store::{StoreError, port::ListedConsent};

const CONSENTS: usize = 50_000;

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[1; 32]).expect("a key")
}

fn keys() -> PublicKeys {
    let public_key = PublicKey::new(pair().public_key().as_ref().try_into().expect("32 bytes")).expect("a key");
    let key = Key {
        id: public_key.id(),
        number: 1,
        public_key,
        vkey: String::new(),
        valid_from: Timestamp::UNIX_EPOCH,
        valid_until: None,
        vouched_for: None,
    };
    PublicKeys { origin: "log".into(), keys: vec![key] }
}

fn sign(content: &Json) -> Json {
    let key: KeyId = keys().keys[0].id;
    seal(content.clone(), key, |bytes| Signature(pair().sign(bytes).as_ref().try_into().expect("64 bytes")))
}

fn listed(number: usize) -> ListedConsent {
    let window = AccessWindow::new("27GSPMH0992G1ZF".parse().expect("gstin"), true, 600, 1).expect("window");
    let id = ConsentId(Uuid::from_u128(number as u128));
    let consent = Consent::grant(id, &window, ApplicationId(Uuid::nil()), Timestamp::UNIX_EPOCH).consent;
    let asp = if number == 7 { "=cmd|'/c calc'!A0".to_owned() } else { format!("ASP {number}") };
    ListedConsent {
        consent,
        asp_id: AspId(Uuid::nil()),
        asp,
        gsp: "हिसाब, \"GSP\"".into(),
        usage: UsageTotals::default(),
        standing: Standing::Active,
    }
}

/// A history of so many rows; counts the rows that were asked for.
fn export(format: FileFormat, consents: usize, asked: &Arc<AtomicUsize>) -> Export {
    let asked = asked.clone();
    let next_rows = move |after: Option<Cursor>| {
        let below = after.map_or(consents, |after| usize::try_from(after.id.as_u128()).expect("small") - 1);
        let rows: Vec<_> = (1..=below).rev().take(ROWS_MAX + 1).map(listed).collect();
        asked.fetch_add(rows.len(), Ordering::SeqCst);
        Box::pin(async move { Ok(rows) }) as _
    };
    let about = vec![("gstin".to_owned(), "27GSPMH0992G1ZF".to_owned())];
    Export { format, about, next_rows: Box::new(next_rows), sign: Arc::new(sign) }
}

#[tokio::test]
async fn fifty_thousand_consents_are_written_page_by_page_and_no_page_is_read_before_it_is_wanted() {
    for format in [FileFormat::Csv, FileFormat::JsonLines] {
        let (asked, taken) = (Arc::new(AtomicUsize::new(0)), AtomicU64::new(0));
        let mut file = String::new();
        let mut chunks = Box::pin(as_stream(export(format, CONSENTS, &asked)));
        let mut largest = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.expect("rows");
            let pages = taken.fetch_add(1, Ordering::SeqCst) + 1;
            let asked = asked.load(Ordering::SeqCst);
            assert!(asked as u64 <= pages * (ROWS_MAX as u64 + 1), "{asked} rows were read for {pages} pages");
            let rows_end =
                chunk.rfind("{\"content\"").or_else(|| chunk.rfind("\"signed hashes\"")).unwrap_or(chunk.len());
            largest = largest.max(rows_end);
            file.push_str(&chunk);
        }
        assert!(largest < 16 * 1024, "{largest} bytes at once");
        assert_eq!(taken.into_inner(), (CONSENTS / ROWS_MAX) as u64);
        let Told::HashList(list) = check(file.as_bytes(), &keys()).expect("good").told else { panic!("an export") };
        assert_eq!((list.rows(), list.blocks.len()), (CONSENTS as u64, 250));
        let seal = file.lines().last().expect("a list").len();
        assert!(seal < 32_000, "{seal} bytes: more than a spreadsheet's cell holds");
    }
}

#[tokio::test]
async fn a_file_holds_every_row_once_and_begins_and_ends_as_promised() {
    let asked = Arc::new(AtomicUsize::new(0));
    let csv: String = as_stream(export(FileFormat::Csv, 60, &asked)).try_collect().await.expect("rows");
    let lines: Vec<_> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}\"consent_id\",\"asp\",\"gsp\",\"given_at\""), "{}", lines[0]);
    assert_eq!((lines.len(), lines[62], csv.matches("\"ASP ").count()), (63, "", 59));
    assert!(csv.contains("\"'=cmd|'/c calc'!A0\",\"हिसाब, \"\"GSP\"\"\""), "{csv}");
    assert!(lines[61].starts_with("\"signed hashes\",\"{"), "{}", lines[61]);
    let json: String = as_stream(export(FileFormat::JsonLines, 60, &asked)).try_collect().await.expect("rows");
    let rows: Vec<_> = json.lines().map(|line| Json::parse(line.as_bytes()).expect("JSON")).collect();
    assert_eq!(rows.len(), 61);
    let newest = "00000000-0000-0000-0000-00000000003c";
    assert_eq!((rows[0].text_at("/consent_id"), rows[53].text_at("/asp")), (Some(newest), Some("=cmd|'/c calc'!A0")));
    insta::assert_snapshot!(json.lines().next().expect("a row"), @r#"{"application_id":"00000000-0000-0000-0000-000000000000","asp":"ASP 60","calls_passed":0,"calls_refused":0,"consent_id":"00000000-0000-0000-0000-00000000003c","given_at":"1970-01-01T05:30:00+05:30","gsp":"हिसाब, \"GSP\"","how":"expired","last_call_passed_at":null,"over_since":"1970-01-01T15:30:00+05:30","valid_until":"1970-01-01T15:30:00+05:30"}"#);
}

#[tokio::test]
async fn a_file_of_nothing_is_good_too() {
    let asked = Arc::new(AtomicUsize::new(0));
    for format in [FileFormat::Csv, FileFormat::JsonLines] {
        let file: String = as_stream(export(format, 0, &asked)).try_collect().await.expect("no rows");
        assert!(check(file.as_bytes(), &keys()).is_ok(), "{file}");
    }
}

#[tokio::test]
async fn a_file_whose_reading_fails_has_no_list_and_is_not_accepted() {
    let asked = Arc::new(AtomicUsize::new(0));
    let mut broken = export(FileFormat::Csv, 60, &asked);
    let whole = std::mem::replace(&mut broken.next_rows, Box::new(|_| Box::pin(async { Ok(Vec::new()) })));
    broken.next_rows = Box::new(move |after| match after {
        None => whole(None),
        Some(_) => Box::pin(async { Err(StoreError::Conflict) }),
    });
    let chunks: Vec<_> = as_stream(broken).collect().await;
    assert!(matches!(chunks[..], [Ok(_), Err(StoreError::Conflict)]));
    let Ok(first) = &chunks[0] else { panic!("rows") };
    assert!(check(first.as_bytes(), &keys()).is_err());
}

#[test]
fn a_pdf_carries_its_list_before_its_end() {
    let pdf = [b"%PDF-1.7\n".repeat(20_000).as_slice(), b"startxref\n1\n%%EOF"].concat();
    let sealed = sealed_pdf(&pdf, Vec::new(), &sign);
    assert!(sealed.ends_with(b"startxref\n1\n%%EOF") && sealed.len() > pdf.len());
    let Told::HashList(list) = check(&sealed, &keys()).expect("good").told else { panic!("an export") };
    assert_eq!((list.format, list.bytes(), list.blocks.len()), (FileFormat::Pdf, pdf.len() as u64, 4));
}
