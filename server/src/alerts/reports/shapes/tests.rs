//! Each gateway's reports, as it sends them, and what is none.

use app::model::report::{Reason, Report};
use proptest::prelude::*;

use super::*;

fn said(reference: &str, report: Option<(Verdict, Option<Reason>)>) -> Said {
    let report = report.map(|(verdict, reason)| Report { verdict, reason });
    Said { about: Named::Theirs(reference.into()), report, unknown: None }
}

fn all<T>(said: impl Into<Vec<T>>) -> Read<T> {
    Read { said: said.into(), unreadable: 0 }
}

const ARRIVED: Option<(Verdict, Option<Reason>)> = Some((Verdict::Delivered, None));

#[test]
fn msg91_sends_a_form_with_json_in_it() {
    let data = r#"[{"requestId":"3763","report":[{"number":"919876543243","status":"1","desc":"DELIVERED"}]},
                   {"requestId":"3764","report":[{"number":"919876543243","status":"9","desc":"NDNC"}]},
                   {"requestId":"3765","report":[{"number":"919876543243","status":"8","desc":"SUBMITTED"}]}]"#;
    let body = serde_urlencoded::to_string([("data", data)]).expect("form");
    let wanted =
        vec![said("3763", ARRIVED), said("3764", Some((Verdict::Failed, Some(Reason::Refused)))), said("3765", None)];
    assert_eq!(Shape::Msg91.read("", &body), Ok(all(wanted.clone())));
    assert_eq!(Shape::Msg91.read("", data), Ok(all(wanted)), "the JSON alone");
}

#[test]
fn gupshup_sends_an_array_of_events() {
    let body = r#"[{"externalId":"3463-72-63","eventType":"DELIVERED","eventTs":1795500000000,"destAddr":"919876543243","cause":"SUCCESS","errCode":"000"},
                   {"externalId":"3463-72-64","eventType":"FAILED","cause":"ABSENT_SUBSCRIBER","errCode":"1"},
                   {"externalId":"3463-72-65","eventType":"FAILED","cause":"UNKNOWN_SUBSCRIBER"}]"#;
    let wanted = vec![
        said("3463-72-63", ARRIVED),
        said("3463-72-64", Some((Verdict::Expired, Some(Reason::Unreachable)))),
        said("3463-72-65", Some((Verdict::Failed, Some(Reason::NoSuchRecipient)))),
    ];
    assert_eq!(Shape::Gupshup.read("", body), Ok(all(wanted)));
}

#[test]
fn others_are_told_by_the_names_of_their_fields() {
    let shape = Shape::Fields(Fields::default());
    assert_eq!(shape.read("msgid=15msdgsms&status=DELIVRD", ""), Ok(all(vec![said("15msdgsms", ARRIVED)])));
    assert_eq!(shape.read("", "msgid=15msdgsms&status=delivered"), Ok(all(vec![said("15msdgsms", ARRIVED)])));
    assert_eq!(shape.read("", "msgid=15msdgsms&status=ENROUTE"), Ok(all(vec![said("15msdgsms", None)])));
    let ours = Shape::Fields(Fields {
        reference: "/dlr/ref".into(),
        whose: Whose::Ours,
        state: "/dlr/code".into(),
        reason: Some("/dlr/why".into()),
        delivered: vec!["0".into()],
        failed: vec!["5".into()],
        ..Fields::default()
    });
    let id = "0190f6a0-0000-7000-8000-000000000001";
    let body = format!(r#"{{"dlr":{{"ref":"{id}","code":5,"why":"blocked"}}}}"#);
    let about = Named::Ours(DeliveryId(id.parse().expect("id")));
    let report = Some(Report { verdict: Verdict::Failed, reason: Some(Reason::Refused) });
    assert_eq!(ours.read("", &body), Ok(all(vec![Said { about, report, unknown: None }])));
}

#[test]
fn one_report_that_cannot_be_read_takes_no_other_with_it() {
    let arrived = |reference| Ok(Read { said: vec![said(reference, ARRIVED)], unreadable: 1 });
    let gupshup = r#"[{"externalId":"1","eventType":"DELIVERED"},{"eventType":"DELIVERED"}]"#;
    assert_eq!(Shape::Gupshup.read("", gupshup), arrived("1"));
    let fields = r#"[{"status":"DELIVRD"},{"msgid":"1","status":"DELIVRD"}]"#;
    assert_eq!(Shape::Fields(Fields::default()).read("", fields), arrived("1"));
    let (good, bad) = (r#"{"requestId":"1","report":[{"status":"1"}]}"#, r#"{"report":[{"status":"1"}]}"#);
    assert_eq!(Shape::Msg91.read("", &format!("[{bad},{good}]")), arrived("1"));
    let data = serde_urlencoded::to_string([("data", format!("[{good},{bad}]"))]).expect("form");
    assert_eq!(Shape::Msg91.read("", &data), arrived("1"));
    assert_eq!(Shape::Msg91.read("", r#"{"requestId":"1","report":[7,{"status":"1"}]}"#), arrived("1"));
}

#[test]
fn a_state_that_nobody_knows_is_told_of_and_one_on_the_way_is_not() {
    let unknown = |shape: &Shape, query: &str, body: &str| {
        let read = shape.read(query, body).expect("read");
        assert!(read.said.iter().all(|said| said.report.is_none()), "{query}{body}");
        read.said.into_iter().next().expect("one").unknown
    };
    let fields = Shape::Fields(Fields::default());
    assert_eq!(unknown(&fields, "msgid=1&status=enroute", ""), None);
    assert_eq!(unknown(&fields, "msgid=1&status=HANDSET_BUSY", "").as_deref(), Some("HANDSET_BUSY"));
    let event = |event: &str| format!(r#"[{{"externalId":"1","eventType":"{event}"}}]"#);
    assert_eq!(unknown(&Shape::Gupshup, "", &event("SENT")), None);
    assert_eq!(unknown(&Shape::Gupshup, "", &event("READ")).as_deref(), Some("READ"));
    let status = |status: &str| format!(r#"{{"requestId":"1","report":[{{"status":"{status}"}}]}}"#);
    assert_eq!(unknown(&Shape::Msg91, "", &status("8")), None);
    assert_eq!(unknown(&Shape::Msg91, "", &status("13")).as_deref(), Some("13"));
}

#[test]
fn what_holds_no_report_is_refused() {
    let fields = Shape::Fields(Fields::default());
    for (shape, query, body) in [
        (&Shape::Msg91, "", "data=nothing"),
        (&Shape::Msg91, "", "other=1"),
        (&Shape::Gupshup, "", r#"[{"externalId":"1"},{"eventType":"DELIVERED"},7]"#),
        (&Shape::Gupshup, "", "<xml/>"),
        (&fields, "", ""),
        (&fields, "msgid=1", ""),
        (&fields, "msgid=two%20words&status=DELIVRD", ""),
    ] {
        assert!(shape.read(query, body).is_err(), "{query}{body}");
    }
}

proptest! {
    #[test]
    fn no_body_and_no_query_make_a_shape_panic(query in ".{0,80}", body in ".{0,200}") {
        for shape in [Shape::Msg91, Shape::Gupshup, Shape::Fields(Fields::default())] {
            drop(shape.read(&query, &body));
        }
    }
}
