//! A file that only its owner may read.

use std::{fs::File, os::unix::fs::PermissionsExt, path::Path};

use anyhow::{Context, Result, ensure};

/// Opens it. `holding` says what others must not read.
pub(super) fn open(path: &Path, holding: &str) -> Result<File> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    let mode = file.metadata()?.permissions().mode();
    ensure!(mode & 0o077 == 0, "others may read {name}, which holds {holding}: chmod 600 it");
    Ok(file)
}
