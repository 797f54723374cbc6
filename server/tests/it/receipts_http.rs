//! Receipts and exports as a browser gets them, and as the command line checks them.

use std::{fs, path::Path, process::Output};

use app::model::{
    gstin::Gstin,
    receipt::{Checked, FileFormat, Told, check},
};
use reqwest::{StatusCode, header};
use server::demo::cast;

use crate::support::{demo_server::DemoServer, process::asp_access};

struct Got {
    status: StatusCode,
    kind: String,
    name: String,
    body: Vec<u8>,
}

async fn get(server: &DemoServer, path: &str, cookie: &str) -> Got {
    let answer = server.get(path).header(header::COOKIE, cookie).send().await.expect("answer");
    let told = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (kind, name) = (told(header::CONTENT_TYPE), told(header::CONTENT_DISPOSITION));
    assert_eq!(answer.headers().get(header::CACHE_CONTROL).is_some_and(|told| told == "no-store"), !cookie.is_empty());
    Got { status: answer.status(), kind, name, body: answer.bytes().await.expect("body").to_vec() }
}

async fn keys(server: &DemoServer) -> Vec<u8> {
    get(server, "/ledger/keys", "").await.body
}

fn good(document: &[u8], keys: &[u8]) -> Checked {
    check(document, &serde_json::from_slice(keys).expect("keys")).expect("good")
}

/// A taxpayer with a past, signed in: the GSTIN, the cookie, and a consent that was ended and one that ran out.
async fn signed_in(server: &DemoServer) -> (Gstin, String, String, String) {
    let (taxpayer, _, signatory) = cast::taxpayers().remove(0);
    let cookie = server.sign_in(&signatory).await;
    let (_, history) = server.page(&format!("/api/history?gstin={}", taxpayer.gstin), &cookie).await;
    let history: serde_json::Value = serde_json::from_str(&history).expect("JSON");
    let rows = history["page"]["rows"].as_array().expect("rows").clone();
    let id = |ended: bool| {
        let row = rows.iter().find(|row| row["consent"]["ended"].is_null() != ended).expect("one");
        row["consent"]["id"].as_str().expect("id").to_owned()
    };
    (taxpayer.gstin, cookie, id(true), id(false))
}

#[tokio::test]
async fn a_consents_receipts_are_downloaded_by_their_owner_and_verify() {
    let server = DemoServer::start();
    let (gstin, cookie, ended, expired) = signed_in(&server).await;
    let path = |id: &str, file: &str| format!("/access/{gstin}/consents/{id}/{file}");
    let (_, page) = server.page(&format!("/access/{gstin}/consents/{ended}"), &cookie).await;
    for (file, kind) in [
        ("receipt.json", "application/json"),
        ("ending-receipt.json", "application/json"),
        ("receipt.pdf", "application/pdf"),
        ("ending-receipt.pdf", "application/pdf"),
    ] {
        assert!(page.contains(&format!("consents/{ended}/{file}")), "the page links {file}");
        let got = get(&server, &path(&ended, file), &cookie).await;
        assert_eq!((got.status, got.kind.as_str()), (StatusCode::OK, kind), "{file}");
        assert!(got.name.starts_with("attachment; filename=\"") && got.name.contains(&ended), "{}", got.name);
        assert!(got.body == get(&server, &path(&ended, file), &cookie).await.body, "{file} is the same again");
    }
    let keys = keys(&server).await;
    for file in ["receipt.json", "ending-receipt.json"] {
        let Told::Receipt(facts) = good(&get(&server, &path(&ended, file), &cookie).await.body, &keys).told else {
            panic!("a receipt")
        };
        assert_eq!((facts.reference.as_str(), facts.gstin.as_str()), (ended.as_str(), gstin.as_str()));
        assert_eq!(facts.over.is_some(), file.starts_with("ending"));
    }
    assert_eq!(get(&server, &path(&expired, "receipt.json"), &cookie).await.status, StatusCode::OK);
    let none = get(&server, &path(&expired, "ending-receipt.json"), &cookie).await;
    assert_eq!((none.status, none.kind.as_str()), (StatusCode::NOT_FOUND, "text/plain; charset=utf-8"));
}

#[tokio::test]
async fn another_taxpayers_files_are_not_found_and_without_a_session_there_are_none() {
    let server = DemoServer::start();
    let (gstin, theirs, ended, _) = signed_in(&server).await;
    let stranger = server.sign_in(&cast::taxpayers().remove(5).2).await;
    let unknown = "01900000-0000-7000-8000-000000000001";
    let mine = cast::taxpayers().remove(5).0.gstin;
    for file in ["receipt.json", "receipt.pdf", "ending-receipt.json", "ending-receipt.pdf"] {
        let path = |gstin: Gstin, id: &str| format!("/access/{gstin}/consents/{id}/{file}");
        let hidden = get(&server, &path(gstin, &ended), &stranger).await;
        let missing = get(&server, &path(mine, unknown), &stranger).await;
        let lent = get(&server, &path(mine, &ended), &stranger).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{file}");
        assert!(hidden.body == missing.body && hidden.body == lent.body && hidden.kind == missing.kind, "{file}");
        assert_eq!(get(&server, &path(gstin, &ended), "").await.status, StatusCode::UNAUTHORIZED, "{file}");
        assert_eq!(get(&server, &path(gstin, "x"), &theirs).await.status, StatusCode::NOT_FOUND, "{file}");
    }
    for format in FileFormat::ALL {
        let path = format!("/access/{gstin}/history.{}", format.ending());
        assert_eq!(get(&server, &path, &stranger).await.status, StatusCode::NOT_FOUND);
        assert_eq!(get(&server, &path, "").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(get(&server, "/access/x/history.csv", &theirs).await.status, StatusCode::NOT_FOUND);
    }
    let unreadable = get(&server, &format!("/access/{gstin}/history.pdf?after=x"), &theirs).await;
    assert_eq!(unreadable.status, StatusCode::BAD_REQUEST);
}

fn verify(file: &Path, keys: &Path) -> Output {
    asp_access().arg("verify").arg(file).arg("--keys").arg(keys).output().expect("it runs")
}

#[tokio::test]
async fn the_command_line_checks_what_was_downloaded_and_says_what_is_wrong_and_where() {
    let server = DemoServer::start();
    let (gstin, cookie, ended, _) = signed_in(&server).await;
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("keys.json"), keys(&server).await).expect("written");
    let files = [
        ("receipt.json", format!("/access/{gstin}/consents/{ended}/ending-receipt.json")),
        ("receipt.pdf", format!("/access/{gstin}/consents/{ended}/receipt.pdf")),
        ("history.csv", format!("/access/{gstin}/history.csv")),
        ("history.jsonl", format!("/access/{gstin}/history.jsonl")),
        ("history.pdf", format!("/access/{gstin}/history.pdf?language=hi")),
    ];
    for (name, path) in &files {
        let body = get(&server, path, &cookie).await.body;
        fs::write(at(name), &body).expect("written");
        let ran = verify(&at(name), &at("keys.json"));
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(ran.status.code(), Some(0), "{name}: {said}");
        assert!(said.contains("Genuine and unchanged") && said.contains(gstin.as_str()), "{said}");
        // One byte somewhere in the first half, another for each file.
        let mut changed = body;
        let place = changed.len() / 3;
        changed[place] ^= 1;
        fs::write(at(name), &changed).expect("written");
        let ran = verify(&at(name), &at("keys.json"));
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(ran.status.code(), Some(1), "{name}: {said}");
        let says_where = ["Bytes ", "field ", "rows ", "byte "].iter().any(|word| said.contains(word));
        assert!(said.contains("Not accepted") && says_where, "{said}");
    }
    // A sparse file: 100 MB that nobody wrote, and of which no more than its end is read.
    let large = fs::File::create(at("large.json")).expect("made");
    large.set_len(100_000_000).expect("grown");
    let said = String::from_utf8_lossy(&verify(&at("large.json"), &at("keys.json")).stdout).into_owned();
    assert!(said.contains("This file has 100000000 bytes. A receipt has at most 1,048,576"), "{said}");
    assert_eq!(verify(&at("nothing.json"), &at("keys.json")).status.code(), Some(2));
    assert_eq!(verify(&at("receipt.json"), &at("large.json")).status.code(), Some(2));
    let without_keys = asp_access().arg("verify").arg(at("receipt.json")).output().expect("it runs");
    assert!(String::from_utf8_lossy(&without_keys.stderr).contains("--keys"), "it says what is missing");
}

#[tokio::test]
async fn the_page_that_checks_comes_with_the_keys_to_anybody_and_says_what_to_do_without_scripts() {
    let server = DemoServer::start();
    let (status, page) = server.page("/verify", "").await;
    assert_eq!(status, StatusCode::OK);
    let keys: serde_json::Value = serde_json::from_slice(&keys(&server).await).expect("keys");
    let key = keys["keys"][0]["public_key"].as_str().expect("a key");
    assert!(page.contains(key), "the key comes with the page");
    assert!(page.contains("asp-access verify FILE --keys keys.json") && page.contains("/ledger/keys"), "{page}");
    assert!(page.contains("needs JavaScript") && page.contains("Nothing is sent to us"), "{page}");
}

#[tokio::test]
async fn without_fonts_a_sentence_stands_in_for_the_pdf_and_the_signed_file_is_there() {
    let mut command = asp_access();
    command.env("ASP_ACCESS_FONTS", "/nowhere");
    let server = DemoServer::start_in(tempfile::tempdir().expect("folder"), command);
    let (gstin, cookie, ended, _) = signed_in(&server).await;
    for path in [format!("consents/{ended}/receipt.pdf"), "history.pdf".into()] {
        let got = get(&server, &format!("/access/{gstin}/{path}"), &cookie).await;
        assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(String::from_utf8_lossy(&got.body).contains("its fonts are missing"), "{path}");
    }
    let document = get(&server, &format!("/access/{gstin}/consents/{ended}/receipt.json"), &cookie).await;
    assert_eq!(document.status, StatusCode::OK);
}

/// The rows of an export as JSON Lines, and what its signed list says of it.
fn rows_and_list(body: &[u8], keys: &[u8]) -> (Vec<serde_json::Value>, Vec<(String, String)>) {
    let Told::HashList(list) = good(body, keys).told else { panic!("an export") };
    let lines = std::str::from_utf8(body).expect("text").lines();
    let rows = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    (rows.filter(|row| row["consent_id"].is_string()).collect(), list.about)
}

#[tokio::test]
async fn an_export_holds_what_the_screen_shows_and_its_signed_list_says_what_was_looked_for() {
    let server = DemoServer::start();
    let (gstin, cookie, ..) = signed_in(&server).await;
    let keys = keys(&server).await;
    let path = |ending: &str, query: &str| format!("/access/{gstin}/history.{ending}{query}");
    let (all, list) = rows_and_list(&get(&server, &path("jsonl", ""), &cookie).await.body, &keys);
    let filter_of = |list: &[(String, String)]| list.iter().find(|(name, _)| name == "filter").expect("told").1.clone();
    assert_eq!(filter_of(&list), "");
    let name = all.iter().find(|row| row["how"] == "revoked").expect("one")["asp"].as_str().expect("a name").to_owned();
    let word = name.split(' ').next().expect("a word").to_lowercase();
    let query = format!("?asp={word}&state=revoked&sort=ends_last&gstin=");
    let (status, page) = server.page(&format!("/access/{gstin}/history{query}"), &cookie).await;
    assert_eq!(status, StatusCode::OK);
    let link = |ending: &str, more: &str| format!("history.{ending}?asp={word}&amp;state=revoked{more}\"");
    assert!(page.contains(&link("csv", "")) && page.contains(&link("pdf", "&amp;language=en")), "{page}");
    let (found, list) = rows_and_list(&get(&server, &path("jsonl", &query), &cookie).await.body, &keys);
    let asked = format!("asp={word}&state=revoked");
    assert_eq!(filter_of(&list), asked);
    let due: Vec<_> = all.iter().filter(|row| row["asp"] == *name && row["how"] == "revoked").cloned().collect();
    assert!(!due.is_empty() && due.len() < all.len(), "{} of {}", due.len(), all.len());
    assert_eq!(found, due, "those rows and no other, in their order");
    for ending in ["csv", "pdf"] {
        let got = get(&server, &path(ending, &query), &cookie).await;
        assert_eq!(got.status, StatusCode::OK, "{ending}");
        let Told::HashList(list) = good(&got.body, &keys).told else { panic!("an export") };
        assert_eq!(filter_of(&list.about), asked);
        let rows: u64 = list.blocks.iter().map(|block| block.rows).sum();
        assert_eq!(rows, if ending == "csv" { due.len() as u64 } else { 0 });
    }
    for wrong in ["?state=asleep", "?from=2026-02-30"] {
        assert_eq!(get(&server, &path("csv", wrong), &cookie).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
