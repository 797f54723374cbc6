//! `asp-access serve` as a command: its secrets in files of a folder.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use super::process::asp_access;

pub(crate) const PUBLIC_URL: &str = "https://consent.example.in";
/// The root key that the command is given.
pub(crate) const ROOT_KEY: [u8; 32] = [7; 32];

/// The account at the SMS gateway.
pub(crate) const SMS_USER: &str = "gstn";
pub(crate) const SMS_PASSWORD: &str = "password";
pub(crate) const SMS_SECURE_KEY: &str = "key";

/// Who takes the alerts.
pub(crate) struct Providers {
    /// Of a mail relay on this machine.
    pub(crate) smtp_port: u16,
    /// Of an SMS gateway.
    pub(crate) sms_url: String,
}

impl Providers {
    /// Nobody does: nothing listens there.
    pub(crate) fn none() -> Self {
        Self { smtp_port: 9, sms_url: "http://127.0.0.1:9".into() }
    }
}

/// Without where it listens. `portal` is the portal's public key.
pub(crate) fn serve(folder: &Path, database: &str, portal: &str, providers: &Providers) -> Command {
    let mut command = without_providers(folder, database, portal);
    command.args(["--smtp-host", "127.0.0.1", "--smtp-port", &providers.smtp_port.to_string()]);
    command.args(["--sms-url", &providers.sms_url, "--sms-user", SMS_USER]);
    command.arg("--sms-password-file").arg(secret_file(folder, "password", SMS_PASSWORD));
    command.arg("--sms-key-file").arg(secret_file(folder, "key", SMS_SECURE_KEY));
    command
}

/// The same, with a file of providers.
pub(crate) fn serve_with(folder: &Path, database: &str, portal: &str, providers: &Path) -> Command {
    let mut command = without_providers(folder, database, portal);
    command.arg("--providers").arg(providers);
    command
}

fn without_providers(folder: &Path, database: &str, portal: &str) -> Command {
    let mut command = asp_access();
    command.args(["serve", "--database", database, "--public-url", PUBLIC_URL]);
    command.args(["--mail-from", "no-reply@gst.example"]);
    command.arg("--site").arg(folder);
    command.arg("--root-key-file").arg(secret_file(folder, "root.key", &hex::encode(ROOT_KEY)));
    command.arg("--hand-off-key-file").arg(secret_file(folder, "portal.pem", portal));
    command
}

fn secret_file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("file");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("permissions");
    path
}
