//! A receipt for people. It prints what a signed document says, and the document's hash; what proves is the document.

use app::{
    model::{
        ist,
        language::Language,
        receipt::{Checked, Facts, Told},
    },
    text::{self, words},
};

use super::{
    NotWritten,
    fonts::Fonts,
    marks::About,
    sheets::{LEAD, SMALL, Sheets, TITLE},
};

/// The side of the code, in points: its squares are half a millimetre, which a phone reads from paper.
const CODE_SIDE: f32 = 120.0;

/// Writes a receipt. `check_address` is where its document can be checked.
///
/// # Errors
/// [`NotWritten`] where the library refuses.
pub fn receipt(
    fonts: &Fonts,
    checked: &Checked,
    language: Language,
    check_address: &str,
) -> Result<Vec<u8>, NotWritten> {
    let Told::Receipt(facts) = &checked.told else { return Err(NotWritten::Pdf("this is no receipt".to_owned())) };
    let text = text::of(language);
    let paper = &text.documents.paper;
    let (title, lead) = match facts.over {
        Some(_) => (paper.ended_title, (paper.ended_lead)(&facts.asp)),
        None => (paper.given_title, (paper.given_lead)(&facts.asp, &facts.gsp)),
    };
    let mut sheets = Sheets::new(fonts);
    sheets.paragraph(paper.issuer, SMALL);
    sheets.rule();
    sheets.space(6.0);
    sheets.paragraph(title, TITLE);
    sheets.paragraph(&lead, LEAD);
    sheets.space(10.0);
    for (label, value) in facts_in_words(facts, text) {
        sheets.fact(label, &value);
    }
    sheets.fact(paper.hash, &in_groups(&checked.hash));
    sheets.space(8.0);
    sheets.rule();
    sheets.space(4.0);
    let code = format!("{check_address}#{}.{}", facts.reference, checked.hash);
    sheets.code(&code, CODE_SIDE, &[&(paper.to_check)(check_address), paper.not_the_original])?;
    sheets.finish(About { title: title.to_owned(), language: language.tag() }, paper.page)
}

/// Digits in groups of eight, which an eye can compare.
fn in_groups(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    digits.chunks(8).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn facts_in_words(facts: &Facts, text: &'static text::Text) -> Vec<(&'static str, String)> {
    let paper = &text.documents.paper;
    let moment = |at| format!("{} IST", ist::second(at));
    let mut words = vec![
        (paper.taxpayer, facts.taxpayer.clone()),
        ("GSTIN", facts.gstin.clone()),
        (text.access.asp, facts.asp.clone()),
        (text.access.gsp, facts.gsp.clone()),
        (text.access.given_on, moment(facts.given_at)),
        (text.access.valid_till, moment(facts.valid_until)),
    ];
    match &facts.over {
        None => words.push((paper.obtained_by_otp, "OTP".to_owned())),
        Some(over) => words.extend([
            (text.receipt.why, words::reason_by_name(text, &over.reason).to_owned()),
            (text.receipt.ended_at, moment(over.committed_at)),
            (text.receipt.effective_at, moment(over.effective_at)),
            (text.receipt.last_passed, over.last_call_passed_at.map_or(text.receipt.never_called.to_owned(), moment)),
        ]),
    }
    words.push((text.consent.reference, facts.reference.clone()));
    words.push((paper.place_in_ledger, facts.entry.to_string()));
    words
}
