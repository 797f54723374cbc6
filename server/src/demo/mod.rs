//! The demo's stand-ins for the portal, the providers and an ASP.

pub mod inbox;
pub mod mail_parts;
pub mod sms_sink;
pub mod smtp_sink;
