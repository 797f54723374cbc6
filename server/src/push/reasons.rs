//! Why a consent ended, in the words of the event (CAEP: `reason_admin`, `reason_user`, `initiating_entity`). They say
//! nothing of a person.

use app::model::{consent::EndReason, event::Actor};

/// What an event says of an end's reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reason {
    /// Stable, for programs.
    pub(super) name: &'static str,
    /// For the GSP's log.
    pub(super) admin: &'static str,
    /// For the ASP's user, in English.
    pub(super) user_en: &'static str,
    /// The same in Hindi.
    pub(super) user_hi: &'static str,
}

/// The words for a reason.
pub(super) fn of(reason: EndReason) -> Reason {
    let (name, admin, user_en, user_hi) = match reason {
        EndReason::Revoked => (
            "revoked",
            "The taxpayer ended this consent.",
            "You ended this access on the GST portal.",
            "आपने GST पोर्टल पर यह पहुँच समाप्त की।",
        ),
        EndReason::LoggedOut => (
            "logged_out",
            "The application gave this consent back (LOGOUT).",
            "The application gave this access back.",
            "एप्लिकेशन ने यह पहुँच लौटा दी।",
        ),
        EndReason::Replaced { .. } => (
            "replaced",
            "A newer consent for the same application took the place of this one.",
            "A newer consent took the place of this one.",
            "नई सहमति ने इसकी जगह ले ली।",
        ),
        EndReason::Blocked => (
            "blocked",
            "The taxpayer blocked the ASP.",
            "You blocked this application on the GST portal.",
            "आपने GST पोर्टल पर इस एप्लिकेशन को रोक दिया।",
        ),
        EndReason::Disabled => (
            "disabled",
            "The taxpayer switched API access off.",
            "You switched API access off on the GST portal.",
            "आपने GST पोर्टल पर API पहुँच बंद की।",
        ),
        EndReason::Unused => (
            "unused",
            "The consent was not used for as long as the taxpayer allows.",
            "This access was not used for as long as you allow.",
            "आपकी तय अवधि तक इस पहुँच का उपयोग नहीं हुआ।",
        ),
        EndReason::Disowned => (
            "disowned",
            "The taxpayer says that this consent was not given by them.",
            "You reported on the GST portal that you did not give this access.",
            "आपने GST पोर्टल पर बताया कि यह पहुँच आपने नहीं दी।",
        ),
    };
    Reason { name, admin, user_en, user_hi }
}

/// Who began it, in CAEP's four words.
pub(super) fn initiating_entity(by: Actor, reason: EndReason) -> &'static str {
    match (by, reason) {
        // The ASP's own doing, or what follows from its newer consent.
        (Actor::Application(_), _) | (_, EndReason::Replaced { .. } | EndReason::LoggedOut) => "system",
        (Actor::OwnRule, _) => "policy",
        (Actor::Officer(_), _) => "admin",
        (Actor::Signatory(_) | Actor::SignatoryBySms(_) | Actor::Accountant(_), _) => "user",
    }
}
