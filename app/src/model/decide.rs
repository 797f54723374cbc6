//! The check: may this call pass? One pure function over what is known, used by the gateway's check and by the wire.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    consent::{Consent, Refusal, Wish},
    controls::{AspRule, Controls},
    gstin::Gstin,
    registry::{Application, Standing},
    restriction::Limit,
    return_type::ReturnType,
    session::Session,
};

/// Everything a decision rests on, read at one moment.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The token's session.
    pub session: Session,
    /// The consent it lives under.
    pub consent: Consent,
    /// The application that obtained the consent, as the registry knows it now.
    pub application: Application,
    /// What the taxpayer decided about all ASPs, as it is now.
    pub controls: Controls,
    /// What the taxpayer decided about this ASP, as it is now.
    pub rule: Option<AspRule>,
    /// Calls that passed on this consent since midnight in India; counted only where the consent limits them.
    pub passed_today: u32,
}

/// What the caller says of itself; each part that is said must agree with the facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// The `gstin` header of the call.
    pub gstin: Option<Gstin>,
    /// The `clientid` header of the call.
    pub client_id: Option<String>,
}

/// Why a call does not pass. An unknown token is one too, but needs no facts: [`RefuseReason::UnknownToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// No session has this token.
    #[error("no session has this token")]
    UnknownToken,
    /// The token was given to another application.
    #[error("the token belongs to another application")]
    OtherApplication,
    /// The token opens another taxpayer's data.
    #[error("the token belongs to another GSTIN")]
    OtherGstin,
    /// The consent was ended: by the taxpayer, by the ASP, or by a newer one.
    #[error("the consent has ended")]
    ConsentEnded,
    /// The consent's window is over.
    #[error("the consent has expired")]
    ConsentExpired,
    /// A newer session took this one's place.
    #[error("a newer session took its place")]
    SessionClosed,
    /// Six hours are over; the ASP may refresh.
    #[error("the session has expired")]
    SessionExpired,
    /// GSTN suspended the application, its ASP or its GSP.
    #[error("the application is suspended")]
    Suspended,
    /// The taxpayer switched API access off.
    #[error("the taxpayer has switched API access off")]
    AccessDisabled,
    /// The taxpayer froze everything.
    #[error("the taxpayer has frozen all access")]
    Frozen,
    /// The taxpayer blocked the ASP.
    #[error("the taxpayer has blocked this ASP")]
    Blocked,
    /// The taxpayer paused the consent.
    #[error("the consent is paused")]
    Paused,
    /// The taxpayer allows other return types only.
    #[error("the taxpayer allows other return types only")]
    ReturnNotAllowed,
    /// The taxpayer allows calls in other hours only.
    #[error("the taxpayer allows calls in other hours only")]
    OutsideHours,
    /// As many calls as the taxpayer allows a day have passed.
    #[error("as many calls as the taxpayer allows a day have passed")]
    DayFull,
}

impl RefuseReason {
    /// Every reason, in no order.
    pub const ALL: [Self; 15] = [
        Self::UnknownToken,
        Self::OtherApplication,
        Self::OtherGstin,
        Self::ConsentEnded,
        Self::ConsentExpired,
        Self::SessionClosed,
        Self::SessionExpired,
        Self::Suspended,
        Self::AccessDisabled,
        Self::Frozen,
        Self::Blocked,
        Self::Paused,
        Self::ReturnNotAllowed,
        Self::OutsideHours,
        Self::DayFull,
    ];
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let it pass.
    Pass,
    /// Do not.
    Refuse(RefuseReason),
}

/// Why no call passes now on a consent that is open: what a list says beside it. It is what [`decide`] would say to a call
/// of any kind on a session that is fresh.
pub fn held_back(
    consent: &Consent,
    standing: Standing,
    controls: &Controls,
    rule: Option<AspRule>,
    now: Timestamp,
) -> Option<RefuseReason> {
    let outside =
        || consent.restriction.hours.is_some_and(|hours| !hours.contain(now)).then_some(RefuseReason::OutsideHours);
    consent.is_open(now).then(|| held(consent, standing, controls, rule, now).or_else(outside))?
}

/// The reasons that are the taxpayer's or GSTN's, in the order in which they are told.
fn held(
    consent: &Consent,
    standing: Standing,
    controls: &Controls,
    rule: Option<AspRule>,
    now: Timestamp,
) -> Option<RefuseReason> {
    if standing == Standing::Suspended {
        return Some(RefuseReason::Suspended);
    }
    if !controls.window.enabled {
        return Some(RefuseReason::AccessDisabled);
    }
    if rule == Some(AspRule::Blocked) {
        return Some(RefuseReason::Blocked);
    }
    if controls.is_frozen(now) {
        return Some(RefuseReason::Frozen);
    }
    consent.may(Wish::Pass, now).is_err().then_some(RefuseReason::Paused)
}

/// May a call on this token pass now? The first reason that holds, the most telling first. `fetches` is what the call asks
/// for; without it, this is a look at the token, which no limit on calls refuses.
pub fn decide(facts: &Facts, claim: &Claim, fetches: Option<ReturnType>, now: Timestamp) -> Decision {
    match refusal(facts, claim, fetches, now) {
        None => Decision::Pass,
        Some(reason) => Decision::Refuse(reason),
    }
}

fn refusal(facts: &Facts, claim: &Claim, fetches: Option<ReturnType>, now: Timestamp) -> Option<RefuseReason> {
    let Facts { session, consent, application, controls, rule, passed_today } = facts;
    if claim.client_id.as_ref().is_some_and(|said| *said != application.client_id) {
        return Some(RefuseReason::OtherApplication);
    }
    if claim.gstin.is_some_and(|said| said != consent.gstin) {
        return Some(RefuseReason::OtherGstin);
    }
    match consent.may(Wish::Pass, now) {
        Err(Refusal::Ended) => return Some(RefuseReason::ConsentEnded),
        Err(Refusal::Expired) => return Some(RefuseReason::ConsentExpired),
        // A pause is told last but one: what is for good counts before what is for now.
        Err(Refusal::Paused | Refusal::NotPaused | Refusal::BadLimits) | Ok(()) => {}
    }
    if session.closed_at.is_some() {
        return Some(RefuseReason::SessionClosed);
    }
    if now >= session.expires_at {
        return Some(RefuseReason::SessionExpired);
    }
    if let Some(reason) = held(consent, application.standing(), controls, *rule, now) {
        return Some(reason);
    }
    consent.restriction.refuses(fetches?, *passed_today, now).map(|limit| match limit {
        Limit::Returns => RefuseReason::ReturnNotAllowed,
        Limit::Hours => RefuseReason::OutsideHours,
        Limit::CallsADay => RefuseReason::DayFull,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        access_window::AccessWindow,
        controls::Freeze,
        event::Actor,
        id::{ApplicationId, AspId, ConsentId, GspId, SignatoryId},
        registry::{Asp, Gsp},
        restriction::{Hours, Restriction},
    };

    fn facts() -> Facts {
        let window =
            AccessWindow::new("27GSPMH0992G1ZF".parse().expect("gstin"), true, 30 * 24 * 60, 1).expect("window");
        let application = Application {
            id: ApplicationId(Uuid::from_u128(3)),
            client_id: "l7xx01".into(),
            asp: Asp {
                id: AspId(Uuid::from_u128(4)),
                name: "Asp".into(),
                short_name: "Asp".into(),
                standing: Standing::Active,
            },
            gsp: Gsp {
                id: GspId(Uuid::from_u128(5)),
                name: "Gsp".into(),
                short_name: "Gsp".into(),
                standing: Standing::Active,
            },
            standing: Standing::Active,
        };
        let consent = Consent::grant(ConsentId(Uuid::from_u128(1)), &window, application.id, at(0)).consent;
        let session = Session::open(&consent, at(0));
        Facts { session, consent, application, controls: Controls::of(window), rule: None, passed_today: 0 }
    }

    fn restrict(facts: &mut Facts, restriction: Restriction) {
        let by = Actor::Signatory(SignatoryId(Uuid::from_u128(8)));
        facts.consent = facts.consent.restrict(by, restriction, at(0)).expect("live").consent;
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    /// A call, and all that is known of it.
    struct Ask {
        facts: Facts,
        claim: Claim,
        fetches: Option<ReturnType>,
        now: Timestamp,
    }

    type Change = fn(&mut Ask);

    #[test]
    fn each_reason_refuses_and_without_one_the_call_passes() {
        let nothing: Change = |_| {};
        let table: [(Change, Decision); 21] = [
            (nothing, Decision::Pass),
            (|Ask { claim, .. }| claim.client_id = Some("l7xx01".into()), Decision::Pass),
            (
                |Ask { claim, .. }| claim.client_id = Some("l7xx02".into()),
                Decision::Refuse(RefuseReason::OtherApplication),
            ),
            (
                |Ask { claim, .. }| claim.gstin = "33GSPTN3741G1Z9".parse().ok(),
                Decision::Refuse(RefuseReason::OtherGstin),
            ),
            (
                |Ask { facts, now, .. }| {
                    facts.consent = facts.consent.revoke(SignatoryId(Uuid::from_u128(8)), *now).expect("live").consent;
                },
                Decision::Refuse(RefuseReason::ConsentEnded),
            ),
            (|Ask { now, .. }| *now = at(30 * 24), Decision::Refuse(RefuseReason::ConsentExpired)),
            (
                |Ask { facts, now, .. }| facts.session.closed_at = Some(*now),
                Decision::Refuse(RefuseReason::SessionClosed),
            ),
            (|Ask { now, .. }| *now = at(6), Decision::Refuse(RefuseReason::SessionExpired)),
            (
                |Ask { facts, .. }| facts.application.gsp.standing = Standing::Suspended,
                Decision::Refuse(RefuseReason::Suspended),
            ),
            (
                |Ask { facts, .. }| facts.application.asp.standing = Standing::Suspended,
                Decision::Refuse(RefuseReason::Suspended),
            ),
            (|Ask { facts, .. }| facts.controls.window.enabled = false, Decision::Refuse(RefuseReason::AccessDisabled)),
            (|Ask { facts, .. }| facts.rule = Some(AspRule::Blocked), Decision::Refuse(RefuseReason::Blocked)),
            (|Ask { facts, .. }| facts.rule = Some(AspRule::Allowed), Decision::Pass),
            (
                |Ask { facts, .. }| facts.controls.freeze = Some(Freeze { since: at(0), until: None }),
                Decision::Refuse(RefuseReason::Frozen),
            ),
            (
                |Ask { facts, .. }| facts.controls.freeze = Some(Freeze { since: at(0), until: Some(at(1)) }),
                Decision::Pass,
            ),
            (
                |Ask { facts, .. }| {
                    let by = Actor::Signatory(SignatoryId(Uuid::from_u128(8)));
                    facts.consent = facts.consent.pause(by, at(0)).expect("live").consent;
                },
                Decision::Refuse(RefuseReason::Paused),
            ),
            (
                |Ask { facts, .. }| restrict(facts, Restriction { until: Some(at(1)), ..Restriction::default() }),
                Decision::Refuse(RefuseReason::ConsentExpired),
            ),
            (
                |Ask { facts, fetches, .. }| {
                    let returns = Some([ReturnType::Gstr1].into_iter().collect());
                    restrict(facts, Restriction { returns, ..Restriction::default() });
                    *fetches = Some(ReturnType::Gstr3b);
                },
                Decision::Refuse(RefuseReason::ReturnNotAllowed),
            ),
            (
                |Ask { facts, .. }| {
                    let returns = Some([ReturnType::Gstr1].into_iter().collect());
                    restrict(facts, Restriction { returns, ..Restriction::default() });
                },
                Decision::Pass,
            ),
            (
                |Ask { facts, fetches, .. }| {
                    // An hour after midnight in London is half past six in India.
                    let hours = Some(Hours::new(9 * 60, 18 * 60).expect("hours"));
                    restrict(facts, Restriction { hours, ..Restriction::default() });
                    *fetches = Some(ReturnType::Gstr3b);
                },
                Decision::Refuse(RefuseReason::OutsideHours),
            ),
            (
                |Ask { facts, fetches, .. }| {
                    restrict(facts, Restriction { calls_a_day: Some(2), ..Restriction::default() });
                    (facts.passed_today, *fetches) = (2, Some(ReturnType::Gstr3b));
                },
                Decision::Refuse(RefuseReason::DayFull),
            ),
        ];
        for reason in RefuseReason::ALL.into_iter().filter(|reason| *reason != RefuseReason::UnknownToken) {
            assert!(table.iter().any(|(_, expected)| *expected == Decision::Refuse(reason)), "{reason:?} has no row");
        }
        for (row, (change, expected)) in table.into_iter().enumerate() {
            let mut ask = Ask { facts: facts(), claim: Claim::default(), fetches: None, now: at(1) };
            change(&mut ask);
            let Ask { facts, claim, fetches, now } = ask;
            assert_eq!(decide(&facts, &claim, fetches, now), expected, "row {row}");
        }
    }

    fn limits() -> impl Strategy<Value = Restriction> {
        let hours = (0_u16..1_440, 0_u16..1_440).prop_filter_map("no hours", |(from, to)| Hours::new(from, to).ok());
        let returns = prop::collection::vec(prop::sample::select(ReturnType::ALL.to_vec()), 1..8)
            .prop_map(|kinds| kinds.into_iter().collect());
        let until = prop::option::of((1_i64..30 * 24).prop_map(at));
        (until, prop::option::of(returns), prop::option::of(0_u32..6), prop::option::of(hours))
            .prop_map(|(until, returns, calls_a_day, hours)| Restriction { until, returns, calls_a_day, hours })
    }

    proptest! {
        #[test]
        fn what_passes_under_limits_passes_without_them(
            limits in limits(), paused in any::<bool>(), frozen in prop::option::of(1_i64..60), blocked in any::<bool>(),
            enabled in any::<bool>(), passed_today in 0_u32..8, hour in 0_i64..24 * 31,
            kind in prop::option::of(prop::sample::select(ReturnType::ALL.to_vec())),
        ) {
            let mut free = facts();
            free.session.expires_at = free.consent.valid_until;
            free.controls.window.enabled = enabled;
            free.controls.freeze = frozen.map(|until| Freeze { since: at(0), until: Some(at(until)) });
            free.rule = blocked.then_some(AspRule::Blocked);
            free.passed_today = passed_today;
            if paused {
                let by = Actor::Signatory(SignatoryId(Uuid::from_u128(8)));
                free.consent = free.consent.pause(by, at(0)).expect("live").consent;
            }
            let mut limited = free.clone();
            restrict(&mut limited, limits);
            let decided = |facts: &Facts| decide(facts, &Claim::default(), kind, at(hour));
            if decided(&limited) == Decision::Pass {
                prop_assert_eq!(decided(&free), Decision::Pass);
            }
            // Nor does any other decision of the taxpayer let anything pass.
            let undecided = Facts { consent: facts().consent, rule: None, controls: facts().controls, ..free.clone() };
            if decided(&free) == Decision::Pass {
                prop_assert_eq!(decided(&undecided), Decision::Pass);
            }
        }

        #[test]
        fn what_is_said_to_hold_back_a_consent_is_what_refuses_its_calls(
            limits in limits(), paused in any::<bool>(), blocked in any::<bool>(), hour in 0_i64..24 * 31,
        ) {
            let mut facts = facts();
            facts.session.expires_at = facts.consent.valid_until;
            facts.rule = blocked.then_some(AspRule::Blocked);
            restrict(&mut facts, Restriction { calls_a_day: None, returns: None, ..limits });
            if paused {
                let by = Actor::Signatory(SignatoryId(Uuid::from_u128(8)));
                facts.consent = facts.consent.pause(by, at(0)).expect("live").consent;
            }
            let standing = facts.application.standing();
            let said = held_back(&facts.consent, standing, &facts.controls, facts.rule, at(hour));
            if facts.consent.is_open(at(hour)) {
                let decided = decide(&facts, &Claim::default(), Some(ReturnType::Gstr1), at(hour));
                prop_assert_eq!(decided, said.map_or(Decision::Pass, Decision::Refuse));
            }
        }
    }
}
