//! `asp-access desk` as an officer uses it: what is shown, how one goes on, and what is said where something is wrong.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Output},
};

use app::model::{
    alert::{Alert, Channel, Delivery, DeliveryState, Matter, Outcome, RetrySchedule},
    gstin::Gstin,
    id::{AlertId, DeliveryId},
    notice::{NoticeKind, OfficerNotice},
};
use jiff::SignedDuration;
use serde_json::Value;
use server::store::port::{DueBy, MadeAttempt, Settlement};
use uuid::Uuid;

use crate::support::{
    database::{NOW, at, empty_postgres, on_both_engines},
    process::asp_access,
    world::World,
};

/// More than is shown at once: a page of notices has fifty.
const NOTICES: usize = 53;
/// What a relay said, with what would steer a terminal.
const REFUSED: &str = "550 5.1.1 no such mailbox\r\n\u{1b}[2Jgone";
/// The hour in which everything here happened.
const SPAN: [&str; 4] = ["--since", "2026-11-20T15:00", "--until", "2026-11-20T16:00"];

/// A taxpayer was told of a consent: the relay refused the e-mail for good, the SMS still waits. Officers were told of it.
struct Desk {
    world: World,
    gstin: Gstin,
    mail: Delivery,
    notices: Vec<OfficerNotice>,
}

async fn desk(engine: crate::support::database::Engine) -> Desk {
    let world = World::new(engine).await;
    let gstin = world.grant().await.consent.gstin;
    let (now, lease) = (at(NOW), Uuid::from_u128(7));
    let mut work = world.store.write().await.expect("write");
    // What is due goes by the database's clock where nodes share one.
    let shared = work.shared_now(now).await.expect("a clock") + SignedDuration::from_mins(1);
    let due = DueBy { now: shared, leased_until: shared + SignedDuration::from_mins(1) };
    let leased = work.lease_deliveries("worker", lease, Channel::Email, due, 10).await.expect("leased");
    let [mail] = leased.as_slice() else { panic!("one e-mail waits: {leased:?}") };
    let outcome = Outcome::Permanent { detail: REFUSED.into() };
    let after = mail.delivery.after(&outcome, &RetrySchedule::default(), now, 0);
    let outcome = serde_json::to_string(&outcome).expect("JSON");
    let mail = after.clone();
    let settled = Settlement {
        lease,
        after,
        attempt: Some(MadeAttempt { at: now, provider: "relay-a".into(), outcome, reference: None }),
    };
    assert_eq!(work.settle_deliveries(&[settled]).await.expect("settled"), [true]);
    let notice = |number: usize| OfficerNotice {
        gstin,
        id: world.chance.id(now),
        kind: NoticeKind::DeliveryFailed,
        about: if number == 0 { mail.id.0 } else { Uuid::from_u128(number as u128) },
        at: now + SignedDuration::from_secs(i64::try_from(number).expect("few")),
        detail: r#"{"channel":"email","attempts":1,"seen":"no such mailbox"}"#.into(),
        handled: None,
    };
    let notices: Vec<_> = (0..NOTICES).map(notice).collect();
    assert_eq!(work.add_notices(&notices).await.expect("notices").len(), NOTICES);
    work.commit().await.expect("commit");
    Desk { world, gstin, mail, notices }
}

impl Desk {
    fn asked(&self, arguments: &[&str]) -> Output {
        asked(&self.world.database.address, arguments)
    }

    /// What is said where all is well.
    fn said(&self, arguments: &[&str]) -> String {
        let done = self.asked(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
        text(&done.stdout)
    }

    fn deliveries(&self, arguments: &[&str]) -> String {
        self.said(&[&["deliveries", "--gstin", &self.gstin.to_string()], &SPAN[..], arguments].concat())
    }
}

fn asked(database: &str, arguments: &[&str]) -> Output {
    command(arguments).args(["--database", database]).output().expect("it runs")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = asp_access();
    command.arg("desk").args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The line with a word on it.
fn line<'t>(text: &'t str, word: &str) -> &'t str {
    text.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("no {word:?} in {text}"))
}

async fn each_delivery_is_shown_in_the_words_of_the_taxpayers_screen_and_without_an_address(desk: Desk) {
    let said = desk.deliveries(&[]);
    let mail = line(&said, "E-mail");
    for word in [
        "20/11/2026 15:30:00",
        &desk.gstin.to_string(),
        "Access was given",
        "Could not be sent: the provider refused this address or number",
        "relay-a",
        "never: 550 5.1.1 no such mailbox [2Jgone",
        &desk.mail.id.to_string(),
    ] {
        assert!(mail.contains(word), "{word:?} in {mail}");
    }
    assert!(line(&said, "SMS").contains("Waiting to be sent"), "{said}");
    assert_eq!(said.lines().count(), 5, "a heading, two deliveries, how to go on: {said}");
    assert!(said.ends_with(
        "These are all, of those owed from 20/11/2026 15:00 to 20/11/2026 16:00 IST; --since looks further back.\n"
    ));
    let signatory = &desk.world.signatory;
    let masked = [signatory.email.masked(), signatory.mobile.masked()];
    let plain = [signatory.email.as_str(), signatory.mobile.as_str()];
    for contact in plain.into_iter().chain(masked.iter().map(String::as_str)) {
        assert!(!said.contains(contact), "{contact} in {said}");
    }
    for (arguments, rows) in [
        (&["--failed"][..], 1),
        (&["--state", "queued", "--state", "expired"], 1),
        (&["--channel", "sms"], 1),
        (&["--kind", "consent_given"], 2),
    ] {
        assert_eq!(desk.deliveries(arguments).lines().count(), rows + 3, "{arguments:?}");
    }
    let nothing = desk.deliveries(&["--kind", "test"]);
    assert_eq!(
        nothing,
        "No delivery owed from 20/11/2026 15:00 to 20/11/2026 16:00 IST is like that; --since looks further back.\n"
    );
}

async fn each_state_is_told_in_words_of_its_own_and_found_by_its_name(desk: Desk) {
    let told = [
        "Waiting to be sent",
        "Being sent",
        "Handed over to the SMS provider",
        "Delivered",
        "Not sent yet, we try again",
        "Could not be sent: the provider refused this address or number",
        "Could not be sent: every attempt failed",
        "Not delivered: the provider gave up",
    ];
    let (now, chance) = (at(NOW), &desk.world.chance);
    let mut work = desk.world.store.write().await.expect("write");
    let mut owed = Vec::new();
    for state in DeliveryState::ALL {
        let alert =
            Alert { gstin: desk.gstin, id: AlertId(chance.id(now)), consent: None, matter: Matter::Test, owed_at: now };
        let queued = Delivery::owed(&alert, DeliveryId(chance.id(now)), Channel::Sms, desk.world.signatory.id);
        owed.push(Delivery { state, ..queued });
        work.add_alert(&alert, &owed[owed.len() - 1..]).await.expect("alert");
    }
    work.commit().await.expect("commit");
    let all = desk.deliveries(&["--kind", "test"]);
    for (delivery, words) in owed.iter().zip(told) {
        let row = line(&all, &delivery.id.to_string());
        assert!(row.contains(words), "{words:?} in {row}");
        assert_eq!(all.lines().filter(|line| line.contains(words)).count(), 1, "{words:?} in {all}");
        let name = serde_json::to_value(delivery.state).expect("JSON");
        let found = desk.deliveries(&["--kind", "test", "--state", name.as_str().expect("a word")]);
        assert_eq!(found.lines().count(), 1 + 3, "{found}");
        assert!(line(&found, &delivery.id.to_string()).contains(words), "{found}");
    }
}

async fn each_page_says_how_to_get_the_next_one(desk: Desk) {
    let first = desk.deliveries(&["--limit", "1"]);
    let (_, after) = first.trim_end().split_once("There are more: ask again with --after ").expect("how to go on");
    let second = desk.deliveries(&["--limit", "1", "--after", after]);
    assert!(line(&first, "Access was given") != line(&second, "Access was given"), "{first}{second}");
    assert!(second.contains("These are the last"), "{second}");
    let last = line(&second, "Access was given").split_whitespace().last().expect("an id");
    let none = desk.deliveries(&["--after", last]);
    assert_eq!(none, "No delivery follows, of those owed from 20/11/2026 15:00 to 20/11/2026 16:00 IST.\n");
}

async fn programs_read_a_json_object_a_line_under_names_that_stay(desk: Desk) {
    let gstin = desk.gstin.to_string();
    let done = desk.asked(&[&["deliveries", "--json", "--gstin", &gstin], &SPAN[..]].concat());
    assert!(text(&done.stderr).contains("These are all"), "how to go on stands beside: {}", text(&done.stderr));
    let lines: Vec<Value> = text(&done.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    let names: BTreeSet<_> = lines[0].as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "id",
        "owed_at",
        "gstin",
        "kind",
        "alert",
        "consent",
        "channel",
        "state",
        "attempts",
        "next_attempt_at",
        "attempted_at",
        "provider",
        "outcome",
        "detail",
        "accepted_at",
        "verdict",
        "reason",
        "heard_at",
    ];
    assert_eq!(names, expected.into());
    let mail = lines.iter().find(|line| line["channel"] == "email").expect("the e-mail");
    for (name, value) in [
        ("id", desk.mail.id.to_string().as_str()),
        ("owed_at", NOW),
        ("gstin", &gstin),
        ("kind", "consent_given"),
        ("state", "permanent_failure"),
        ("provider", "relay-a"),
        ("outcome", "permanent"),
        ("detail", REFUSED),
    ] {
        assert_eq!(mail[name], value, "{name}");
    }
    let notices = desk.said(&["notices", "--json"]);
    let first: Value = serde_json::from_str(notices.lines().next().expect("a notice")).expect("JSON");
    let names: BTreeSet<_> = first.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "at", "gstin", "kind", "about", "detail"].into());
    assert_eq!((&first["about"], &first["detail"]["attempts"]), (&desk.mail.id.to_string().into(), &1.into()));
}

async fn the_summary_begins_with_what_needs_a_person(desk: Desk) {
    let said = desk.said(&[&["summary"], &SPAN[..]].concat());
    let row =
        |word: &str| line(&said, word).split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect::<Vec<_>>();
    let refused = "Could not be sent: the provider refused this address or number";
    assert_eq!(row(refused), ["a person", refused, "1", "0"]);
    assert_eq!(row("Waiting to be sent"), ["time", "Waiting to be sent", "0", "1"]);
    let places: Vec<_> = ["refused", "Waiting", "Handed over"].map(|word| said.find(word)).into();
    assert!(places.is_sorted() && places[0].is_some(), "{said}");
    assert!(said.contains("E-mail: nothing waits.\n"), "{said}");
    assert!(said.contains("SMS: the oldest that waits was owed at 20/11/2026 15:30:00 IST, "), "{said}");
    assert!(said.ends_with("Open notices: 53. `asp-access desk notices` lists them.\n"), "{said}");
    let before = desk.said(&["summary", "--since", "2026-01-01", "--until", "2026-01-02"]);
    assert!(before.starts_with("No delivery was owed from 01/01/2026 00:00 to 02/01/2026 00:00 IST.\n"), "{before}");
}

async fn a_notice_is_found_and_handled_by_one_officer(desk: Desk) {
    let first = desk.said(&["notices"]);
    let row = line(&first, &desk.notices[0].id.to_string());
    for word in ["20/11/2026 15:30:00", "Failed for good", "E-mail, 1 try: no such mailbox"] {
        assert!(row.contains(word), "{word:?} in {row}");
    }
    let (_, after) = first.trim_end().split_once("There are more: ask again with --after ").expect("how to go on");
    let second = desk.said(&["notices", "--after", after]);
    assert!(
        second.contains(&desk.notices[NOTICES - 1].id.to_string()) && second.contains("These are the last."),
        "{second}"
    );
    assert_eq!(second.lines().count(), 3 + 3, "{second}");

    let (gstin, id) = (desk.gstin.to_string(), desk.notices[0].id.to_string());
    let handled = |by: &str| desk.asked(&["handled", &gstin, &id, "--by", by]);
    let done = handled(" Asha Rao ");
    assert_eq!(text(&done.stdout), format!("Notice {id} about {gstin} is handled, by Asha Rao.\n"));
    assert!(!desk.said(&["notices"]).contains(&id), "it is not open any more");
    let late = handled("Ravi Nair");
    assert!(!late.status.success() && late.stdout.is_empty());
    assert!(text(&late.stderr).contains("Asha Rao has handled this notice already, at "), "{}", text(&late.stderr));
    let unknown = desk.asked(&["handled", &gstin, &Uuid::nil().to_string(), "--by", "Ravi Nair"]);
    assert!(!unknown.status.success());
    assert!(text(&unknown.stderr).contains("there is no notice 00000000"), "{}", text(&unknown.stderr));
    let by = "select count(*) from officer_notice where handled_by = 'Asha Rao'";
    assert_eq!(desk.world.database.count(by).await, 1);
}

/// One sentence on standard error, nothing on the other, and a code that scripts see.
fn is_refused(done: &Output, sentence: &str) {
    let said = text(&done.stderr);
    assert!(!done.status.success() && done.stdout.is_empty(), "{said}");
    assert!(said.contains(sentence), "{sentence:?} in {said}");
}

async fn what_cannot_be_meant_is_refused_with_a_sentence(desk: Desk) {
    for (arguments, sentence) in [
        (&["deliveries", "--state", "lost"][..], "this is no state of a delivery; choose one of permanent_failure, "),
        (&["deliveries", "--channel", "post"], "this is no channel; choose one of email, sms"),
        (&["deliveries", "--kind", "news"], "this is no kind of alert; choose one of consent_given, "),
        (&["deliveries", "--since", "yesterday"], "write 90m, 24h or 7d for so long ago"),
        (&["deliveries", "--since", "1h", "--until", "2h"], "the span ends before it begins"),
        (&["deliveries", "--gstin", "27"], "a GSTIN has 15 characters"),
        (&["deliveries", "--limit", "1001"], "1001 is not in 1..=1000"),
        (&["deliveries", "--after", "7"], "not an identifier"),
        (&["summary", "--since", "2999-01-01"], "the span ends before it begins"),
        (&["notices", "--after", "7"], "this page link is broken"),
        (&["handled", &desk.gstin.to_string(), &Uuid::nil().to_string(), "--by", " "], "give your name"),
    ] {
        is_refused(&desk.asked(arguments), sentence);
    }
}

on_both_engines!(super::desk:
    each_delivery_is_shown_in_the_words_of_the_taxpayers_screen_and_without_an_address,
    each_state_is_told_in_words_of_its_own_and_found_by_its_name,
    each_page_says_how_to_get_the_next_one,
    programs_read_a_json_object_a_line_under_names_that_stay,
    the_summary_begins_with_what_needs_a_person,
    a_notice_is_found_and_handled_by_one_officer,
    what_cannot_be_meant_is_refused_with_a_sentence,
);

const EVERY: [&[&str]; 4] = [
    &["deliveries"],
    &["summary"],
    &["notices"],
    &["handled", "27GSPMH0992G1ZF", "00000000-0000-0000-0000-000000000000", "--by", "Asha Rao"],
];

#[tokio::test]
async fn a_database_that_is_not_ours_is_told_so_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    fs::write(file("empty.db"), "").expect("written");
    fs::write(file("text.db"), "Minutes of the meeting of 20 November.\n".repeat(100)).expect("written");
    for address in [file("empty.db"), file("text.db"), empty_postgres().await] {
        for arguments in EVERY {
            is_refused(&asked(&address, arguments), "this is no database of asp-access, or no server of this version");
        }
    }
    assert_eq!(fs::read(file("empty.db")).expect("there"), b"");
    for arguments in EVERY {
        is_refused(&asked(&file("none.db"), arguments), "the database cannot be reached: look whether its address");
        is_refused(&asked("mysql://user:hidden@host/database", arguments), "is no address of a database");
    }
    assert!(!fs::exists(file("none.db")).expect("looked"), "nothing was made");
}
