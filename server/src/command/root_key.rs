//! The root key in its file: 64 hexadecimal digits, readable by its owner only.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use server::{
    chance::{Chance, SystemChance},
    vault::ROOT_KEY_BYTES,
};

/// Reads it.
pub(super) fn read(file: &Path) -> Result<[u8; ROOT_KEY_BYTES]> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the root key {}", file.display()))?;
    let mode = std::fs::metadata(file)?.permissions().mode();
    ensure!(mode & 0o077 == 0, "others may read the root key {}: chmod 600 it", file.display());
    match hex::decode(text.trim()).map(TryInto::try_into) {
        Ok(Ok(key)) => Ok(key),
        _ => bail!("the root key {} is not 64 hexadecimal digits", file.display()),
    }
}

/// Reads it, making a new one where the file does not exist.
pub(super) fn read_or_make(file: &Path) -> Result<[u8; ROOT_KEY_BYTES]> {
    if !file.exists() {
        let chance: &dyn Chance = &SystemChance;
        let key = hex::encode(chance.bytes::<ROOT_KEY_BYTES>());
        let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        writeln!(made, "{key}")?;
    }
    read(file)
}
