//! The one-time password: how long it lives, how often it may be guessed, and that it serves once.

use jiff::{SignedDuration, Timestamp};

use super::{
    gstin::Gstin,
    id::{ApplicationId, OtpRequestId},
    throttle::RateLimit,
};

/// Digits of an OTP.
pub const DIGITS: u32 = 6;

/// What the operator may set; GSTN publishes neither number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtpRules {
    /// How long an OTP can be used.
    pub lifetime: SignedDuration,
    /// Wrong answers before it is dead.
    pub tries_max: u8,
    /// Requests for one taxpayer, over all applications, in [`OtpRules::rate_span`].
    pub requests_per_taxpayer_max: u32,
    /// Requests by one application, over all taxpayers, in [`OtpRules::rate_span`].
    pub requests_per_application_max: u32,
    /// The span over which requests are counted.
    pub rate_span: SignedDuration,
}

impl Default for OtpRules {
    fn default() -> Self {
        Self {
            lifetime: SignedDuration::from_mins(10),
            tries_max: 3,
            requests_per_taxpayer_max: 10,
            requests_per_application_max: 6_000,
            rate_span: SignedDuration::from_mins(10),
        }
    }
}

impl OtpRules {
    /// How often OTPs may be asked for one taxpayer.
    pub fn per_taxpayer(&self) -> RateLimit {
        RateLimit { max: self.requests_per_taxpayer_max, span: self.rate_span }
    }

    /// How often one application may ask for OTPs of one taxpayer: half of what all together may, so that none can keep
    /// a taxpayer from the others.
    pub fn per_pair(&self) -> RateLimit {
        RateLimit { max: (self.requests_per_taxpayer_max / 2).max(1), span: self.rate_span }
    }

    /// How often one application may ask for OTPs.
    pub fn per_application(&self) -> RateLimit {
        RateLimit { max: self.requests_per_application_max, span: self.rate_span }
    }
}

/// What became of an OTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpState {
    /// Sent, not yet answered rightly.
    Pending,
    /// Answered rightly: it has given its one consent.
    Used,
    /// Answered wrongly too often.
    Exhausted,
    /// A newer request of the same application took its place.
    Superseded,
}

/// One OTP asked for by one application for one taxpayer; a newer one of the pair takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpRequest {
    /// Whose data it is about.
    pub gstin: Gstin,
    /// Ours.
    pub id: OtpRequestId,
    /// The application it is bound to.
    pub application: ApplicationId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// From this moment on it is refused.
    pub expires_at: Timestamp,
    /// Wrong answers that remain.
    pub tries_left: u8,
    /// Pending, used or exhausted.
    pub state: OtpState,
    /// Counts the changes; guards an update against a racing one.
    pub version: i64,
}

/// The answer to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtpVerdict {
    /// Right: the request is now used up and gives one consent.
    Right(OtpRequest),
    /// Wrong: the request has one try fewer.
    Wrong(OtpRequest),
    /// Not to be judged any more: expired, used or exhausted. Nothing changes.
    Dead,
}

impl OtpRequest {
    /// Judges an answer; `matches` says whether its keyed hash was equal, compared in constant time.
    pub fn judge(&self, matches: bool, now: Timestamp) -> OtpVerdict {
        if self.state != OtpState::Pending || now >= self.expires_at {
            return OtpVerdict::Dead;
        }
        let mut next = Self { version: self.version + 1, ..self.clone() };
        if matches {
            next.state = OtpState::Used;
            return OtpVerdict::Right(next);
        }
        next.tries_left = self.tries_left.saturating_sub(1);
        if next.tries_left == 0 {
            next.state = OtpState::Exhausted;
        }
        OtpVerdict::Wrong(next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn request() -> OtpRequest {
        let rules = OtpRules::default();
        OtpRequest {
            gstin: "27GSPMH0992G1ZF".parse().expect("gstin"),
            id: OtpRequestId(Uuid::from_u128(1)),
            application: ApplicationId(Uuid::from_u128(2)),
            requested_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH + rules.lifetime,
            tries_left: rules.tries_max,
            state: OtpState::Pending,
            version: 1,
        }
    }

    #[test]
    fn the_last_moment_is_the_one_before_expiry() {
        let request = request();
        let last = request.expires_at - SignedDuration::from_micros(1);
        assert!(matches!(request.judge(true, last), OtpVerdict::Right(_)));
        assert_eq!(request.judge(true, request.expires_at), OtpVerdict::Dead);
    }

    proptest! {
        #[test]
        fn an_otp_serves_at_most_once_and_at_most_three_tries_are_judged(
            answers in prop::collection::vec((any::<bool>(), 0_i64..900), 0..12)
        ) {
            let mut request = request();
            let (mut right, mut wrong) = (0, 0);
            for (matches, second) in answers {
                let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
                match request.judge(matches, now) {
                    OtpVerdict::Right(next) => { right += 1; request = next; }
                    OtpVerdict::Wrong(next) => { wrong += 1; request = next; }
                    OtpVerdict::Dead => {}
                }
            }
            prop_assert!(right <= 1);
            prop_assert!(wrong <= 3);
            prop_assert!(!(wrong == 3 && right == 1));
        }
    }
}
