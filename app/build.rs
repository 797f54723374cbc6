//! Finds the languages: each file of `languages` beside a catalogue is one, named by its tag. What is written here is
//! included where the words are asked for, so that adding a language is adding its file. The server builds with it, too.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

/// Where a crate of ours keeps its words: the screen's, the messages'.
const FOLDERS: [&str; 2] = ["src/text/languages", "src/alerts/text/languages"];

fn main() -> Result<(), Box<dyn Error>> {
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let folder = FOLDERS.map(|folder| home.join(folder)).into_iter().find(|folder| folder.is_dir());
    let folder = folder.ok_or("there is no folder of languages")?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("languages.rs"), written(&files)?)?;
    Ok(())
}

/// A module a file, and the way from a language to the words in it. A file that is named by no tag does not compile; the tag
/// of Assamese, `as`, is a word of Rust's, and so each is written as a name that may be one.
fn written(files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let (mut modules, mut words) = (Vec::new(), Vec::new());
    for file in files {
        let tag = file.file_stem().and_then(|stem| stem.to_str()).ok_or("a language's file has no readable name")?;
        let mut letters = tag.chars();
        let variant: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        modules.push(format!("#[path = {:?}]\nmod r#{tag};\n", file.display().to_string()));
        words.push(format!("    (Language::{variant}, &r#{tag}::WORDS),\n"));
    }
    let (count, modules, words) = (files.len(), modules.concat(), words.concat());
    Ok(format!(
        "{modules}
static WORDS: [(Language, &Catalogue); {count}] = [
{words}];

/// The words of a language, where there is a file of them.
fn words_in(language: Language) -> Option<&'static Catalogue> {{
    WORDS.iter().find(|(of, _)| *of == language).map(|(_, words)| *words)
}}
"
    ))
}
