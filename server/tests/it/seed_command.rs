//! `asp-access seed` as a person uses it: it says how far it is, and what it made is sound.

use tempfile::TempDir;

use crate::support::{
    database::{Database, Engine, on_both_engines},
    process::asp_access,
};

/// A database without a row, and a place for the key.
struct Empty {
    database: Database,
    folder: TempDir,
}

async fn empty(engine: Engine) -> Empty {
    Empty { database: Database::fresh(engine).await, folder: tempfile::tempdir().expect("folder") }
}

async fn it_tells_its_progress_and_its_result_and_fills_no_database_twice(empty: Empty) {
    let seed = || {
        let key = empty.folder.path().join("root.key");
        let mut command = asp_access();
        command.args(["seed", "--database", &empty.database.address, "--taxpayers", "40", "--consents", "300"]);
        command.arg("--root-key-file").arg(key).output().expect("it runs")
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let made = seed();
    let (said, progress) = (text(&made.stdout), text(&made.stderr));
    assert!(made.status.success(), "{said}{progress}");
    assert!(said.starts_with("40 taxpayers, 300 consents, ") && said.contains(" rows in "), "{said}");
    let line = progress.lines().find(|line| line.starts_with("100 %")).unwrap_or_else(|| panic!("no end: {progress}"));
    for word in ["300 consents", "rows", "consents/s", "s so far", "about 0 s to go"] {
        assert!(line.contains(word), "{word} in {line:?}");
    }
    let again = seed();
    assert!(!again.status.success() && text(&again.stderr).contains("not empty"), "{}", text(&again.stderr));
    let verified = asp_access().args(["verify", "--database", &empty.database.address]).output().expect("it runs");
    assert!(verified.status.success(), "{}", text(&verified.stdout));
}

on_both_engines!(super::empty: it_tells_its_progress_and_its_result_and_fills_no_database_twice);
