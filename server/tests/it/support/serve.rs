//! `asp-access serve` as a command: its secrets in files of a folder.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::process::asp_access;

pub(crate) const PUBLIC_URL: &str = "https://consent.example.in";
/// The root key that the command is given.
pub(crate) const ROOT_KEY: [u8; 32] = [7; 32];

/// Without where it listens, and with a relay where nobody does. `portal` is the portal's public key, `sms_url` the SMS
/// gateway.
pub(crate) fn serve(folder: &Path, database: &str, portal: &str, sms_url: &str) -> Command {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("file");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("permissions");
        path
    };
    let mut command = asp_access();
    command.args(["serve", "--database", database, "--public-url", PUBLIC_URL]);
    command.args(["--smtp-host", "127.0.0.1", "--smtp-port", "9", "--mail-from", "no-reply@gst.example"]);
    command.args(["--sms-url", sms_url, "--sms-user", "gstn"]);
    command.arg("--site").arg(folder);
    command.arg("--root-key-file").arg(file("root.key", &hex::encode(ROOT_KEY)));
    command.arg("--hand-off-key-file").arg(file("portal.pem", portal));
    command.arg("--sms-password-file").arg(file("password", "secret"));
    command.arg("--sms-key-file").arg(file("key", "secret"));
    command
}
