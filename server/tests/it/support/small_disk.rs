//! A disk that can be filled and emptied: a file system of its own where this process may mount one, and everywhere a
//! bound on what the server may write into one file.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::PathBuf,
    process::Command,
};

use tempfile::TempDir;

use super::process::asp_access;

/// Bytes of the mounted disk: the sample data and its write-ahead log fit in, with room to spare.
const DISK_BYTES: u64 = 24 << 20;
/// Bytes that are written at once when it is filled.
const CHUNK_BYTES: usize = 4096;

/// Where it is full.
pub(crate) enum SmallDisk {
    /// A file system in memory, filled by one file.
    Mounted(PathBuf),
    /// A bound on the size of a file (`RLIMIT_FSIZE`), set on a running process: while it is full, no file can be
    /// written at all.
    Bounded { process: u32 },
}

impl SmallDisk {
    /// A folder on a file system of its own; `None` where this process may not mount one.
    pub(crate) fn mount() -> Option<(TempDir, Self)> {
        let folder = tempfile::tempdir().expect("folder");
        let size = format!("size={DISK_BYTES}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        let path = folder.path().to_owned();
        mounted.is_ok_and(|mounted| mounted.status.success()).then(|| (folder, Self::Mounted(path)))
    }

    /// A binary that outlives a write beyond the bound: the signal that would end it is ignored.
    pub(crate) fn asp_access_without_signal() -> Command {
        let binary = asp_access();
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"trap '' XFSZ; exec "$0" "$@""#]).arg(binary.get_program());
        shell.env_remove("RUST_LOG").env("NO_COLOR", "1").stdin(std::process::Stdio::null());
        shell
    }

    pub(crate) fn fill(&self) {
        match self {
            Self::Mounted(folder) => {
                let mut filler = File::create(folder.join("filler")).expect("a file");
                let full = std::iter::repeat_with(|| filler.write_all(&[1; CHUNK_BYTES])).find_map(Result::err);
                assert_eq!(full.map(|error| error.kind()), Some(ErrorKind::StorageFull));
            }
            Self::Bounded { process } => bound(*process, "0"),
        }
    }

    pub(crate) fn make_room(&self) {
        match self {
            Self::Mounted(folder) => fs::remove_file(folder.join("filler")).expect("removed"),
            Self::Bounded { process } => bound(*process, "unlimited"),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Self::Mounted(folder) = self {
            // Lazily: a server that is being killed may still hold a file.
            let _ = Command::new("umount").arg("--lazy").arg(folder).status();
        }
    }
}

/// The soft bound only: it can then be taken back without rights.
fn bound(process: u32, bytes: &str) {
    let set = Command::new("prlimit").args(["--pid", &process.to_string(), &format!("--fsize={bytes}:")]).status();
    assert!(set.expect("prlimit").success());
}
