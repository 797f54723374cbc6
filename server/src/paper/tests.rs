//! Documents as a reader of PDF sees them: the right words, in both languages, on the right number of pages.

use std::{path::Path, process::Command};

use app::{
    api::views::AccessRow,
    model::{
        Timestamp,
        access_window::AccessWindow,
        consent::Consent,
        filter::ConsentFilter,
        id::{ApplicationId, AspId, ConsentId},
        language::Language,
        merkle::KeyId,
        receipt::{Checked, Facts, Over, ReceiptKind, Told},
        usage::UsageTotals,
    },
};
use uuid::Uuid;

use super::{FOLDER, Fonts, Part, history, receipt};

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const REFERENCE: &str = "01900000-0000-7000-8000-000000000001";

fn fonts() -> Fonts {
    Fonts::read(Path::new(FOLDER)).expect("the fonts are installed: run scripts/setup-test")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("timestamp")
}

fn checked(over: Option<Over>, asp: &str) -> Checked {
    let facts = Facts {
        kind: if over.is_some() { ReceiptKind::Ended } else { ReceiptKind::Given },
        reference: REFERENCE.into(),
        gstin: "27GSPMH0992G1ZF".into(),
        taxpayer: "Deshpande Traders".into(),
        asp: asp.into(),
        gsp: "Setu Gateway".into(),
        issued_by: "https://consent.example.in".into(),
        entry: 3,
        given_at: at("2026-11-20T10:00:00Z"),
        valid_until: at("2026-12-20T10:00:00Z"),
        over,
        in_log: None,
    };
    Checked { key: KeyId([1; 8]), hash: HASH.into(), told: Told::Receipt(Box::new(facts)) }
}

fn ended() -> Checked {
    let over = Over {
        committed_at: at("2026-11-21T16:00:00Z"),
        effective_at: at("2026-11-21T16:00:01Z"),
        last_call_passed_at: Some(at("2026-11-21T15:57:00Z")),
        reason: "revoked".into(),
    };
    checked(Some(over), "Munshi")
}

/// What a program of the machine makes of a document: the text, lines as they stand.
fn read(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("document.pdf");
    std::fs::write(&file, pdf).expect("written");
    let mut command = Command::new(program);
    let ran = command.args(arguments).arg(&file).args((program == "pdftotext").then_some("-")).output();
    let ran = ran.unwrap_or_else(|error| panic!("{program}: {error}: run scripts/setup-test"));
    assert!(ran.status.success() && ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

fn words(pdf: &[u8]) -> String {
    read("pdftotext", &["-layout"], pdf)
}

/// Every word, whatever stands between.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn receipt_of(checked: &Checked, language: Language) -> Vec<u8> {
    receipt(&fonts(), checked, language, "https://consent.example.in/verify").expect("written")
}

#[test]
fn a_receipt_says_on_paper_what_the_document_says() {
    let text = words(&receipt_of(&ended(), Language::En));
    for line in [
        "Receipt: API access ended",
        "Taxpayer                Deshpande Traders",
        "GSTIN                   27GSPMH0992G1ZF",
        "Revoked by you",
        "21/11/2026 21:30:00 IST",
        "21/11/2026 21:30:01 IST",
        "21/11/2026 21:27:00 IST",
        REFERENCE,
        "Page 1 of 1",
    ] {
        assert!(flat(&text).contains(&flat(line)), "{line} in {text}");
    }
    // A hash is broken over lines where it does not fit; none of it is lost.
    assert!(text.split_whitespace().collect::<String>().contains(HASH), "{text}");
    let given = words(&receipt_of(&checked(None, "Munshi"), Language::En));
    assert!(flat(&given).contains("Munshi (via Setu Gateway) obtained access to the GST data"), "{given}");
}

#[test]
fn a_receipt_in_hindi_reads_back_as_hindi() {
    let text = flat(&words(&receipt_of(&ended(), Language::Hi)));
    for line in ["रसीद: API एक्सेस समाप्त", "करदाता Deshpande Traders", "आपने रद्द किया", "कब से प्रभावी", "पृष्ठ 1 / 1"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn the_same_receipt_is_the_same_bytes() {
    assert!(receipt_of(&ended(), Language::Hi) == receipt_of(&ended(), Language::Hi));
    assert!(receipt_of(&ended(), Language::Hi) != receipt_of(&ended(), Language::En));
}

#[test]
fn a_receipt_is_black_on_white() {
    let folder = tempfile::tempdir().expect("folder");
    let (file, picture) = (folder.path().join("receipt.pdf"), folder.path().join("receipt"));
    std::fs::write(&file, receipt_of(&ended(), Language::Hi)).expect("written");
    let drawn = Command::new("pdftoppm").args(["-r", "40", "-singlefile"]).arg(&file).arg(&picture).status();
    assert!(drawn.expect("pdftoppm: run scripts/setup-test").success());
    let picture = std::fs::read(picture.with_extension("ppm")).expect("a picture");
    // P6, width, height, depth, then three bytes a point.
    let start = picture.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).expect("a head").0 + 1;
    let (points, rest) = picture[start..].as_chunks::<3>();
    assert!(rest.is_empty() && points.iter().all(|[r, g, b]| r == g && g == b), "a colour");
    assert!(points.iter().filter(|[r, ..]| *r < 64).count() > 500, "nothing is printed");
}

#[test]
fn whatever_an_asp_is_called_the_receipt_is_written_and_the_name_is_whole() {
    for name in ["q".repeat(300), "हिसाब-किताब ".repeat(20), "\u{7}\u{202e}a\tb\n".into(), "漢字 😀 தமிழ்".into()]
    {
        let text = words(&receipt_of(&checked(None, &name), Language::En));
        let squeezed: String = text.split_whitespace().collect();
        if name.starts_with('q') {
            assert_eq!(squeezed.matches('q').count(), 2 * 300, "{text}");
        }
        assert!(text.contains(REFERENCE), "{text}");
    }
}

#[test]
fn devanagari_is_shaped() {
    let fonts = fonts();
    let shape = |text: &str| fonts.face(2).shape(text).expect("shaped").glyphs;
    // A conjunct is one glyph; a short i is written before the consonant that it follows.
    assert_eq!(shape("क्ष").len(), 1);
    let (ki, ka) = (shape("कि"), shape("क"));
    assert_eq!(ki.last().map(|glyph| glyph.glyph_id), ka.first().map(|glyph| glyph.glyph_id));
}

fn rows(count: u128) -> Vec<AccessRow> {
    let window = AccessWindow::new("27GSPMH0992G1ZF".parse().expect("gstin"), true, 600, 1).expect("window");
    let consent = |number| {
        let id = ConsentId(Uuid::from_u128(number));
        Consent::grant(id, &window, ApplicationId(Uuid::from_u128(2)), at("2026-11-01T10:00:00Z")).consent
    };
    let row = |number| AccessRow {
        consent: consent(number),
        asp_id: AspId(Uuid::nil()),
        asp: format!("ASP-{number:03}"),
        gsp: "Setu Gateway".into(),
        usage: UsageTotals { passed: 12, ..UsageTotals::default() },
        held_back: None,
    };
    (1..=count).map(row).collect()
}

#[test]
fn a_history_fills_pages_that_each_begin_with_the_heads_of_the_columns() {
    let rows = rows(120);
    let part = Part {
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        as_of: at("2026-11-20T10:00:00Z"),
        filter: &ConsentFilter::default(),
        rows: &rows,
        next: Some("https://consent.example.in/access/27GSPMH0992G1ZF/history.pdf?after=1".into()),
    };
    let pdf = history(&fonts(), &part, Language::En).expect("written");
    let text = words(&pdf);
    for number in 1..=120 {
        assert_eq!(text.matches(&format!("ASP-{number:03}")).count(), 1);
    }
    let pages = text.matches('\u{c}').count();
    assert!(pages > 1, "{pages} pages");
    assert_eq!(text.matches("Over since").count(), pages);
    assert!(text.contains("This document lists 120.") && text.contains("history.pdf?after=1"), "{text}");
    assert!(read("pdfinfo", &[], &pdf).contains(&format!("Pages:           {pages}")));
}

#[test]
fn a_whole_part_of_a_history_is_a_small_document() {
    let rows = rows(1_000);
    let part = Part {
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        as_of: at("2026-11-20T10:00:00Z"),
        filter: &ConsentFilter::default(),
        rows: &rows,
        next: None,
    };
    let pdf = history(&fonts(), &part, Language::Hi).expect("written");
    let text = words(&pdf);
    assert!(text.contains("ASP-001") && text.contains("ASP-1000"));
    assert!(pdf.len() < 1024 * 1024, "{} bytes", pdf.len());
}

#[test]
fn a_part_of_a_history_says_what_was_looked_for() {
    let filter: ConsentFilter = "asp=Khata&state=revoked".parse().expect("a filter");
    let part = Part {
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        as_of: at("2026-11-20T10:00:00Z"),
        filter: &filter,
        rows: &rows(2),
        next: None,
    };
    let text = words(&history(&fonts(), &part, Language::En).expect("written"));
    assert!(
        text.contains("This is not the whole history, but what was looked for: asp = Khata, state = revoked."),
        "{text}"
    );
}

#[test]
fn a_history_without_a_row_says_so() {
    let part = Part {
        gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
        as_of: at("2026-11-20T10:00:00Z"),
        filter: &ConsentFilter::default(),
        rows: &[],
        next: None,
    };
    let text = words(&history(&fonts(), &part, Language::Hi).expect("written"));
    assert!(flat(&text).contains("अभी तक कोई एक्सेस समाप्त नहीं हुआ है।"), "{text}");
}
