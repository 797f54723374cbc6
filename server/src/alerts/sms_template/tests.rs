//! What operators would drop is refused: at start-up where it can be known, before sending otherwise.

use serde_json::{Value as Json, json};

use super::*;

fn drafts() -> SmsTemplates {
    SmsTemplates::draft().expect("drafts")
}

fn file() -> Json {
    serde_json::from_str(&SmsTemplates::draft_file().expect("drafts")).expect("json")
}

fn refusal(change: impl FnOnce(&mut Json)) -> String {
    let mut file = file();
    change(&mut file);
    SmsTemplates::parse(&file.to_string()).expect_err("refused").to_string()
}

#[test]
fn the_table_of_the_drafts_reads_so() {
    insta::assert_snapshot!(drafts().table());
}

#[test]
fn what_cannot_match_is_refused_at_start_up_with_one_clear_sentence() {
    let first = |change: fn(&mut Json)| refusal(|file| change(&mut file["templates"][0]));
    let told = [
        refusal(|file| _ = file["templates"].as_array_mut().map(|all| all.remove(0))),
        first(|one| one["version"] = json!("one")),
        first(|one| one["entity_id"] = json!("12")),
        first(|one| one["header"] = json!("GST-IN")),
        first(|one| one["category"] = json!("Promotional")),
        first(|one| one["text"] = json!("{#var#} got access. -GSTN")),
        first(|one| one["text"] = json!("{#alphanumeric# got access. -GSTN")),
        first(|one| one["text"] = json!("{#alphanumeric#} got access. -GSTN")),
        first(|one| one["values"][0] = json!("reference")),
        first(|one| one["values"] = json!(["asp", "gstin", "gsp", "at", "at", "number", "stop_code"])),
        first(|one| one["values"] = json!(["gstin", "asp", "gsp", "at", "until", "number", "stop_code"])),
        first(|one| {
            one["text"] = json!(one["text"].as_str().expect("text").replace("gst.gov.in", "gst-gov.example.in/x"));
        }),
        first(|one| one["text"] = json!(one["text"].as_str().expect("text").to_owned() + &"अ".repeat(700))),
        refusal(|file| file["value_characters_max"] = json!(20)),
        refusal(|file| file["inbound_number"] = json!("GSTNIN")),
        refusal(|file| {
            let again = file["templates"][0].clone();
            file["templates"].as_array_mut().expect("templates").push(again);
        }),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_newest_version_of_a_registration_is_used() {
    let mut file = file();
    let mut newer = file["templates"][0].clone();
    newer["version"] = json!(2);
    newer["template_id"] = json!("1007000000000009999");
    file["templates"].as_array_mut().expect("templates").insert(0, newer);
    let templates = SmsTemplates::parse(&file.to_string()).expect("templates");
    assert_eq!(templates.all()[0].template_id, "1007000000000009999");
}

#[test]
fn a_file_may_be_ahead_of_the_languages_that_messages_are_written_in() {
    let Some(ahead) = Language::ALL.into_iter().find(|language| !crate::alerts::speaks(*language)) else { return };
    let mut file = file();
    let mut of_it = file["templates"][0].clone();
    of_it["language"] = json!(ahead.tag());
    file["templates"].as_array_mut().expect("templates").push(of_it);
    let templates = SmsTemplates::parse(&file.to_string()).expect("templates");
    assert_eq!(templates.all(), drafts().all());
}

#[test]
fn a_draft_names_its_values_where_operators_write_variables() {
    let (text, values) = sms!("{code} is the OTP of {gstin}. -GSTN").registered();
    assert_eq!(text, "{#numeric#} is the OTP of {#alphanumeric#}. -GSTN");
    assert_eq!(values, [Value::Code, Value::Gstin]);
}

fn template() -> SmsTemplate {
    let drafts = drafts();
    let test = drafts.all().iter().find(|one| one.kind == SmsKind::OTP && one.language == Language::En);
    test.expect("otp").clone()
}

fn values(of: [&str; 6]) -> Vec<String> {
    of.map(str::to_owned).into()
}

#[test]
fn a_value_that_the_operator_would_drop_is_refused() {
    let good = ["482913", "Khata {#x#}", "Setu", "27GSPMH0992G1ZF", "30 days", "24/11/2026 05:57"];
    let filled = template().fill(&values(good)).expect("filled");
    assert!(filled.starts_with("482913 is the OTP to let Khata {#x#} via Setu access"), "{filled}");
    let long = "x".repeat(31);
    for (place, bad) in [(0, "12a456"), (1, long.as_str()), (1, ""), (2, "a\nb")] {
        let mut of = good;
        of[place] = bad;
        assert!(matches!(template().fill(&values(of)), Err(BadSms::Value { .. })), "{bad:?}");
    }
    assert!(matches!(template().fill(&[]), Err(BadSms::Count { variables: 6, values: 0, .. })));
}

#[test]
fn a_text_matches_its_registration_to_the_character() {
    let good = values(["482913", "via via", "Setu", "27GSPMH0992G1ZF", "30 days", "24/11/2026 05:57"]);
    let (template, filled) = (template(), template().fill(&good).expect("filled"));
    assert!(template.matches(&filled));
    for other in [
        filled.replace("-GSTN", "- GSTN"),
        filled.replace("OTP valid", "OTP  valid"),
        filled.replace("482913", "48a913"),
        filled.replace("Setu", &"x".repeat(31)),
        format!("{filled} "),
        format!(" {filled}"),
        filled.to_lowercase(),
    ] {
        assert!(!template.matches(&other), "{other}");
    }
}

#[test]
fn a_short_name_fits_a_variable_and_keeps_the_alphabet() {
    let drafts = drafts();
    assert!(drafts.takes_short_name("Khata & Sons"));
    for name in ["", &"x".repeat(31), "खाता", "a\nb"] {
        assert!(!drafts.takes_short_name(name), "{name:?}");
    }
}
