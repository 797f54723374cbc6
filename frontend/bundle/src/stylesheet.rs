//! One stylesheet of all files in the style folder: design tokens first, the rest by name.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// What every other file may refer to.
const FIRST: &str = "tokens.css";

/// Joins the `.css` files of `folder`. A folder that is not there is an empty stylesheet: the page asks for one.
pub(crate) fn joined(folder: &Path) -> Result<String> {
    if !folder.is_dir() {
        return Ok(String::new());
    }
    let mut names = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "css"));
    names.sort_by_key(|name| (name != FIRST, name.clone()));
    let mut css = String::new();
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).with_context(|| format!("{name} could not be read."))?;
        css.push_str(text.trim_end());
        css.push('\n');
    }
    Ok(css)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_first_and_other_files_by_name() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for (name, text) in [("main.css", "m{}\n\n"), ("a.css", "a{}"), ("tokens.css", "t{}"), ("README.md", "no")] {
            fs::write(folder.path().join(name), text)?;
        }
        assert_eq!(joined(folder.path())?, "t{}\na{}\nm{}\n");
        Ok(())
    }

    #[test]
    fn a_missing_folder_is_an_empty_stylesheet() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(joined(&folder.path().join("style"))?, "");
        Ok(())
    }
}
