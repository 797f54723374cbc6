//! The check: may this call pass? One pure function over what is known, used by the gateway's check and by the wire.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access_window::AccessWindow,
    consent::{Consent, Refusal, Wish},
    gstin::Gstin,
    registry::{Application, Standing},
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
    /// The taxpayer's access window as it is now.
    pub window: AccessWindow,
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
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let it pass.
    Pass,
    /// Do not.
    Refuse(RefuseReason),
}

/// May a call on this token pass now? The first reason that holds, the most telling first.
pub fn decide(facts: &Facts, claim: &Claim, now: Timestamp) -> Decision {
    match refusal(facts, claim, now) {
        None => Decision::Pass,
        Some(reason) => Decision::Refuse(reason),
    }
}

fn refusal(facts: &Facts, claim: &Claim, now: Timestamp) -> Option<RefuseReason> {
    let Facts { session, consent, application, window } = facts;
    if claim.client_id.as_ref().is_some_and(|said| *said != application.client_id) {
        return Some(RefuseReason::OtherApplication);
    }
    if claim.gstin.is_some_and(|said| said != consent.gstin) {
        return Some(RefuseReason::OtherGstin);
    }
    match consent.may(Wish::Pass, now) {
        Err(Refusal::Ended) => return Some(RefuseReason::ConsentEnded),
        Err(Refusal::Expired) => return Some(RefuseReason::ConsentExpired),
        Ok(()) => {}
    }
    if session.closed_at.is_some() {
        return Some(RefuseReason::SessionClosed);
    }
    if now >= session.expires_at {
        return Some(RefuseReason::SessionExpired);
    }
    if application.standing() == Standing::Suspended {
        return Some(RefuseReason::Suspended);
    }
    (!window.enabled).then_some(RefuseReason::AccessDisabled)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        id::{ApplicationId, AspId, ConsentId, GspId, SignatoryId},
        registry::{Asp, Gsp},
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
        Facts { session: Session::open(&consent, at(0)), consent, application, window }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    type Change = fn(&mut Facts, &mut Claim, &mut Timestamp);

    #[test]
    fn each_reason_refuses_and_without_one_the_call_passes() {
        let nothing: Change = |_, _, _| {};
        let table: [(Change, Decision); 11] = [
            (nothing, Decision::Pass),
            (|_, claim, _| claim.client_id = Some("l7xx01".into()), Decision::Pass),
            (|_, claim, _| claim.client_id = Some("l7xx02".into()), Decision::Refuse(RefuseReason::OtherApplication)),
            (|_, claim, _| claim.gstin = "33GSPTN3741G1Z9".parse().ok(), Decision::Refuse(RefuseReason::OtherGstin)),
            (
                |facts, _, now| {
                    facts.consent = facts.consent.revoke(SignatoryId(Uuid::from_u128(8)), *now).expect("live").consent;
                },
                Decision::Refuse(RefuseReason::ConsentEnded),
            ),
            (|_, _, now| *now = at(30 * 24), Decision::Refuse(RefuseReason::ConsentExpired)),
            (|facts, _, now| facts.session.closed_at = Some(*now), Decision::Refuse(RefuseReason::SessionClosed)),
            (|_, _, now| *now = at(6), Decision::Refuse(RefuseReason::SessionExpired)),
            (
                |facts, _, _| facts.application.gsp.standing = Standing::Suspended,
                Decision::Refuse(RefuseReason::Suspended),
            ),
            (
                |facts, _, _| facts.application.asp.standing = Standing::Suspended,
                Decision::Refuse(RefuseReason::Suspended),
            ),
            (|facts, _, _| facts.window.enabled = false, Decision::Refuse(RefuseReason::AccessDisabled)),
        ];
        for (row, (change, expected)) in table.into_iter().enumerate() {
            let (mut facts, mut claim, mut now) = (facts(), Claim::default(), at(1));
            change(&mut facts, &mut claim, &mut now);
            assert_eq!(decide(&facts, &claim, now), expected, "row {row}");
        }
    }
}
