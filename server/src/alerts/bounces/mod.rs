//! Mails that come back: each alert's mail has a return path of its own, and what comes to it says what became of that mail.
//!
//! ```text
//! MTA ──► asp-access bounce (standard input)  ─┐
//! MTA ──► a Maildir ──► serve --bounces ───────┴──► ReturnPath (whose) ──► status (RFC 3464) ──► BounceDesk
//! ```

mod desk;
mod maildir;
mod return_path;
mod status;

use std::path::PathBuf;

use app::model::contact::Email;

pub use self::{
    desk::{BounceDesk, Taken},
    maildir::{Look, Maildir},
    return_path::{BadReturnPath, ReturnPath},
    status::MAIL_BYTES_MAX,
};

/// Whether mails come back to us, and where.
#[derive(Debug, Clone, Default)]
pub struct BounceSettings {
    /// The address that return paths are made under; without it, mails come back to their sender's address.
    pub address: Option<Email>,
    /// The Maildir that is looked into.
    pub folder: Option<PathBuf>,
}
