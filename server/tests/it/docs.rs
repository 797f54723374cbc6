//! The documents: every file that they name is there, and README's tables hold every command and every setting.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::process::asp_access;

/// Endings by which a word in backticks is taken for a file's name.
const ENDINGS: [&str; 7] = ["rs", "sql", "html", "js", "css", "md", "toml"];
/// Names that the documents hold at least; with fewer, this test would look at nothing.
const NAMES_MIN: usize = 20;

fn documents(root: &Path) -> Vec<PathBuf> {
    let docs = fs::read_dir(root.join("docs")).expect("docs is a folder");
    let mut files = vec![root.join("README.md")];
    files.extend(
        docs.map(|entry| entry.expect("an entry of docs").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "md")),
    );
    files
}

fn is_a_files_name(token: &str) -> bool {
    let ends_like_one =
        Path::new(token).extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending));
    let is_a_path = token.contains('/') && !token.contains(char::is_whitespace);
    is_a_path && ends_like_one && !token.starts_with('/') && !token.starts_with("http")
}

#[test]
fn the_documents_name_only_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = 0;
    let mut missing = Vec::new();
    for document in documents(&root) {
        let text = fs::read_to_string(&document).expect("a document is readable");
        for line in text.lines() {
            // What stands between a line's backticks is every second piece.
            for token in line.split('`').skip(1).step_by(2).filter(|token| is_a_files_name(token)) {
                names += 1;
                if !root.join(token).is_file() {
                    missing.push(format!("{}: {token}", document.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "these files do not exist:\n{}", missing.join("\n"));
    assert!(names >= NAMES_MIN, "the documents name only {names} files");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text_of(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("a readable file")
}

/// What stands in backticks at the beginning of a table's rows, where it begins like this.
fn rows(text: &str, begin: &str) -> BTreeSet<String> {
    let first = |line: &str| line.strip_prefix("| `").and_then(|rest| rest.split('`').next()).map(str::to_owned);
    text.lines().filter_map(first).filter(|word| word.starts_with(begin)).collect()
}

#[test]
fn the_readme_names_every_command_of_the_makefile_and_no_other() {
    let readme = text_of("README.md");
    let makefile = text_of("Makefile");
    let made: BTreeSet<_> =
        makefile.lines().filter_map(|line| line.split_once(": ## ").map(|(name, _)| format!("make {name}"))).collect();
    let mut named = rows(&readme, "make ");
    // These two have a section of their own.
    for command in ["make run", "make test"] {
        assert!(readme.contains(&format!("\n{command} ")), "{command}");
        named.insert(command.to_owned());
    }
    named.insert("make help".to_owned());
    assert_eq!(named, made);
}

#[test]
fn the_readme_names_every_setting_of_the_server_and_no_other() {
    let help = asp_access().args(["serve", "--help"]).output().expect("it runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let variable = |piece: &str| piece.split(['=', ']']).next().map(str::to_owned);
    let read: BTreeSet<_> = help.split("[env: ").skip(1).filter_map(variable).collect();
    assert!(read.len() > 20, "{read:?}");
    assert_eq!(rows(&text_of("README.md"), "ASP_ACCESS_"), read);
}

#[test]
fn what_cargo_leptos_reads_names_what_is_there() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root());
    let said = cargo.output().expect("cargo runs").stdout;
    let said: serde_json::Value = serde_json::from_slice(&said).expect("JSON");
    let [project] = said["metadata"]["leptos"].as_array().expect("a table of projects").as_slice() else {
        panic!("one project: {}", said["metadata"])
    };
    let text = |key: &str| project[key].as_str().unwrap_or_else(|| panic!("{key}"));
    let package = |name: &str| {
        let packages = said["packages"].as_array().expect("packages");
        packages.iter().find(|package| package["name"] == name).unwrap_or_else(|| panic!("no package {name}"))
    };
    let targets = |name: &str, kind: &str| {
        let targets = package(name)["targets"].as_array().expect("targets");
        targets
            .iter()
            .filter(|target| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind)))
            .map(|target| target["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert!(targets(text("bin-package"), "bin").contains(&text("bin-target").to_owned()));
    assert_eq!(targets(text("lib-package"), "cdylib").len(), 1, "the browser's half is a library for the browser");
    for folder_or_file in ["style-file", "assets-dir", "end2end-dir"] {
        assert!(root().join(text(folder_or_file)).exists(), "{folder_or_file}");
    }
    let profile = format!("[profile.{}]", text("lib-profile-release"));
    assert!(text_of("Cargo.toml").contains(&profile), "{profile}");
    assert_eq!(text("bin-exe-name"), text("bin-target"), "else it looks for a program of the package's name");
    for watched in project["watch-additional-files"].as_array().expect("what else it watches") {
        assert!(root().join(watched.as_str().expect("a folder")).is_dir(), "{watched}");
    }
    // Beside what scripts/build-screen makes, whose names carry hashes; it tells the server (server/src/command/watched.rs).
    assert_eq!(text("site-root"), "target/leptos");
    assert_eq!((text("output-name"), text("site-pkg-dir")), ("asp-access", "pkg"));
}
