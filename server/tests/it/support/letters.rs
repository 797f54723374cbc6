//! Something to send.

use server::alerts::message::{Mail, Sms};
use uuid::Uuid;

pub(crate) fn mail(to: &str) -> Mail {
    Mail {
        reference: Uuid::from_u128(0xa1),
        name: "Asha Rao".into(),
        to: to.parse().expect("email"),
        return_path: None,
        subject: "खाता Books can now access your GST data".into(),
        text: ".A line that begins with a dot\nand one with = and é.\n".into(),
        html: "<p>Hello</p>".into(),
        language: app::model::language::Language::En,
        at: "2026-11-24T00:17:03Z".parse().expect("timestamp"),
    }
}

pub(crate) fn sms(text: &str) -> Sms {
    Sms {
        client_ref: Uuid::from_u128(0xa2),
        to: "9876543243".parse().expect("mobile"),
        entity_id: "1001000000000000001".into(),
        header: "GSTNIN".into(),
        template_id: "1007000000000000001".into(),
        text: text.into(),
        values: Vec::new(),
    }
}
