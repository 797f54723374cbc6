//! The documents: every file that they name is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

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
