//! Good receipts, and every way in which one is not.

use proptest::prelude::*;

use super::given::{consent_document, consent_document_in_log, ending_document, key_id, keys, sealed};
use crate::model::receipt::{
    Fault, ReceiptKind, Told, check, document_hash,
    json::{Json, Wrong},
};

/// The same document with one piece of its text replaced.
fn with(document: &Json, old: &str, new: &str) -> String {
    let text = document.canonical();
    assert_eq!(text.matches(old).count(), 1, "{old} stands once in {text}");
    text.replace(old, new)
}

fn fault(document: impl AsRef<[u8]>) -> Fault {
    check(document.as_ref(), &keys(&[1])).expect_err("a bad document")
}

#[test]
fn a_receipt_says_who_and_when_once_it_is_checked() {
    let document = ending_document();
    let checked = check(document.canonical().as_bytes(), &keys(&[2, 1])).expect("good");
    assert_eq!((checked.key, Some(checked.hash)), (key_id(1), document_hash(&document)));
    let Told::Receipt(facts) = checked.told else { panic!("a receipt") };
    assert_eq!(
        (facts.kind, facts.gstin.as_str(), facts.gsp.as_str()),
        (ReceiptKind::Ended, "27GSPMH0992G1ZF", "Setu Gateway")
    );
    assert_eq!((facts.asp.as_str(), facts.in_log), ("Munshi \"GST\" हिसाब", Some(1)));
    let over = facts.over.expect("an end");
    assert_eq!(over.reason, "revoked");
    assert_eq!(over.committed_at.to_string(), "2026-11-21T16:00:00.123456Z");
    assert_eq!(over.effective_at.to_string(), "2026-11-21T16:00:00.164456Z");
    assert_eq!(over.last_call_passed_at.map(|at| at.to_string()).as_deref(), Some("2026-11-21T15:57:00.123456Z"));
}

#[test]
fn a_receipt_is_good_before_the_log_has_it_and_its_hash_stays() {
    let (before, after) = (consent_document(), consent_document_in_log());
    let told = |document: &Json| match check(document.canonical().as_bytes(), &keys(&[1])).expect("good").told {
        Told::Receipt(facts) => facts.in_log,
        Told::HashList(_) => panic!("a receipt"),
    };
    assert_eq!((told(&before), told(&after)), (None, Some(1)));
    assert_eq!(document_hash(&before), document_hash(&after));
}

#[test]
fn one_changed_byte_anywhere_fails() {
    for document in [consent_document_in_log(), ending_document()] {
        let text = document.canonical().into_bytes();
        let keys = keys(&[1]);
        for place in 0..text.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut changed = text.clone();
                changed[place] ^= bit;
                assert!(
                    check(&changed, &keys).is_err(),
                    "byte {place} ^ {bit:#x}: {}",
                    String::from_utf8_lossy(&changed)
                );
            }
        }
    }
}

#[test]
fn a_changed_field_is_named() {
    let document = ending_document();
    for (old, new, field) in [
        ("\"committed_at\":\"2026-11-21T16", "\"committed_at\":\"2026-11-21T15", "/ending/committed_at"),
        ("\"name\":\"Setu Gateway\"", "\"name\":\"Setu gateway\"", "/parties/gsp/name"),
        ("\"seq\":2", "\"seq\":3", "/ledger/seq"),
        ("\"revocable\":true", "\"revocable\":null", "/access/revocable"),
        ("\"obtained_by\":", "\"obtained_bz\":", "/access/obtained_bz"),
    ] {
        assert_eq!(fault(with(&document, old, new)), Fault::Changed { field: field.into() }, "{new}");
    }
}

#[test]
fn what_is_no_receipt_of_ours_is_told_apart() {
    let document = ending_document();
    let text = document.canonical();
    let at = |piece: &str| text.find(piece).expect("stands there") as u64;
    let (id, other) = (key_id(1).to_string(), key_id(2).to_string());
    let table = [
        (String::new(), Fault::Truncated { at: 0 }),
        (text[..text.len() / 2].to_owned(), Fault::Truncated { at: (text.len() / 2) as u64 }),
        (text[..text.len() - 1].to_owned(), Fault::Truncated { at: text.len() as u64 - 1 }),
        (
            with(&document, "\"issued_by\":", "\"access\":"),
            Fault::Unreadable { at: at("\"issued_by\""), wrong: Wrong::Duplicate("access".into()) },
        ),
        (
            with(&document, "\"seq\":2", "\"seq\":2.0"),
            Fault::Unreadable { at: at("\"seq\"") + 6, wrong: Wrong::Number },
        ),
        (format!("{text}x"), Fault::Unreadable { at: text.len() as u64, wrong: Wrong::More }),
        (format!("{} ", text.replacen(',', ", ", 1)), Fault::Reformatted { at: at(",") + 1 }),
        ("{\"receipt\":\"of another system\"}".into(), Fault::OtherSystem),
        ("{\n  \"receipt\": [1.5]\n}".into(), Fault::Unreadable { at: 16, wrong: Wrong::Number }),
        (with(&document, "asp-access/1", "consent-kit/1"), Fault::OtherSystem),
        (with(&document, "asp-access/1", "asp-access/2"), Fault::OtherVersion { format: "asp-access/2".into() }),
        (
            with(&document, &format!("\"key\":\"{id}\""), &format!("\"key\":\"{other}\"")),
            Fault::UnknownKey { id: other.clone() },
        ),
        (with(&document, "\"signature\":\"", "\"signature\":\"00"), Fault::Misplaced { part: "signature".into() }),
        (with(&document, "\"sums\":", "\"sumt\":"), Fault::Misplaced { part: "sumt".into() }),
        (with(&document, "\"index\":1", "\"index\":0"), Fault::Proof),
        ("GSTIN,ASP\r\n27GSPMH0992G1ZF,Munshi\r\n".into(), Fault::NoSeal),
        ("{\"a\":1}\n{\"a\":2}\n".into(), Fault::NoSeal),
        ("%PDF-1.7\n%%EOF".into(), Fault::NoSeal),
        ("%asp-access %%EOF".into(), Fault::NoSeal),
        ("%asp-access {}\n%%EOF".into(), Fault::OtherSystem),
    ];
    for (changed, expected) in table {
        assert_eq!(fault(&changed), expected, "{changed:.80}");
    }
    assert_eq!(
        fault(sealed(Json::object([("kind", Json::text("pension_receipt"))]), 1).canonical()),
        Fault::Misplaced { part: "content".into() }
    );
    assert_eq!(fault(sealed(consent_document(), 2).canonical()), Fault::UnknownKey { id: other });
}

#[test]
fn a_signature_over_another_field_is_told_apart_from_a_changed_one() {
    let document = ending_document();
    let Some(Json::Text(signature)) = document.get("signature") else { panic!("signed") };
    let flipped = if signature.starts_with('0') { "1" } else { "0" };
    let changed = with(&document, signature, &format!("{flipped}{}", &signature[1..]));
    assert_eq!(fault(changed), Fault::Signature);
}

#[test]
fn an_event_that_does_not_lead_to_its_hash_is_refused_even_where_it_is_signed() {
    let document = consent_document();
    let content = document.get("content").expect("content").canonical();
    let forged = content.replace("\\\"version\\\":1", "\\\"version\\\":2");
    assert_ne!(content, forged);
    let forged = sealed(Json::parse(forged.as_bytes()).expect("JSON"), 1);
    assert_eq!(fault(forged.canonical()), Fault::Chain);
}

#[test]
fn a_pasted_receipt_may_end_in_a_line_break() {
    let text = format!("{}\r\n", consent_document().canonical());
    assert!(check(text.as_bytes(), &keys(&[1])).is_ok());
}

proptest! {
    #[test]
    fn nearly_an_export_is_refused_without_a_panic(text in "(%asp-access |%%EOF|\"signed hashes\",\"|\\{\"content\":|\"kind\":\"hash_list\"|\\{|\\}|\n|\r\n|x){0,12}") {
        prop_assert!(check(text.as_bytes(), &keys(&[1])).is_err());
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(check(&bytes, &keys(&[1])).is_err());
    }

    #[test]
    fn a_receipt_with_a_piece_cut_out_or_doubled_is_refused(from in 0_usize..3_000, length in 1_usize..200, double: bool) {
        let text = consent_document_in_log().canonical();
        let bytes = text.as_bytes();
        let from = from % bytes.len();
        let until = (from + length).min(bytes.len());
        let changed = if double {
            [&bytes[..until], &bytes[from..]].concat()
        } else {
            [&bytes[..from], &bytes[until..]].concat()
        };
        prop_assert!(check(&changed, &keys(&[1])).is_err());
    }
}
