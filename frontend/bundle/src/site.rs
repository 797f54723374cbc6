//! The folder the server publishes: hashed names, a brotli copy of each file, and the file that tells the hashes.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::stamp::Stamp;

/// The output name that the server's `LeptosOptions` carry too.
pub(crate) const NAME: &str = "asp-access";
/// Read by Leptos where `hash_files` is on: a line `kind:hash` for each file.
const HASH_FILE: &str = "hash.txt";
/// Compression at its best; the files are small and are compressed once.
const BROTLI_QUALITY: u32 = 11;
/// The window, as a power of two, that every browser accepts.
const BROTLI_WINDOW: u32 = 22;
const BUFFER_BYTES: usize = 64 * 1024;

/// A published file. Leptos knows them by these words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The glue.
    Script,
    /// The WebAssembly; with hashing its name has no `_bg`.
    Module,
    /// The stylesheet.
    Style,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Script, Self::Module, Self::Style];

    /// The ending of the file's name, which is its word in the hash file too.
    const fn ending(self) -> &'static str {
        match self {
            Self::Script => "js",
            Self::Module => "wasm",
            Self::Style => "css",
        }
    }
}

/// Name and sizes of a published file.
pub(crate) struct Published {
    pub(crate) name: String,
    pub(crate) raw_bytes: u64,
    pub(crate) brotli_bytes: u64,
}

/// The site folder and, beside it and thus not published, the folder that keeps stamps and half-made files.
pub(crate) struct Site {
    root: PathBuf,
    work: PathBuf,
}

impl Site {
    /// Opens or makes the folder.
    pub(crate) fn at(root: &Path) -> Result<Self> {
        let mut work = root.as_os_str().to_owned();
        work.push(".work");
        let site = Self { root: root.to_owned(), work: work.into() };
        fs::create_dir_all(site.package()).with_context(|| format!("{} cannot be written to.", root.display()))?;
        fs::create_dir_all(&site.work)?;
        Ok(site)
    }

    /// A folder for passing files to a program.
    pub(crate) fn work(&self) -> PathBuf {
        self.work.join("module")
    }

    fn package(&self) -> PathBuf {
        self.root.join("pkg")
    }

    fn stamp_file(&self, kind: Kind) -> PathBuf {
        self.work.join(format!("{}.stamp", kind.ending()))
    }

    /// Whether all of `kinds` were written from the inputs that `stamp` is of.
    pub(crate) fn is_current(&self, kinds: &[Kind], stamp: Stamp) -> Result<bool> {
        for &kind in kinds {
            let kept = fs::read_to_string(self.stamp_file(kind)).unwrap_or_default();
            if kept != stamp.to_string() || self.find(kind)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Publishes `content` under a name made of its own hash and removes what had the place before.
    pub(crate) fn write(&self, kind: Kind, content: &[u8], inputs: Stamp) -> Result<()> {
        let name = format!("{NAME}.{}.{}", Stamp::of(&[content]), kind.ending());
        for old in self.published_names()?.into_iter().filter(|old| belongs_to(old, kind)) {
            fs::remove_file(self.package().join(old))?;
        }
        fs::write(self.package().join(format!("{name}.br")), compressed(content)?)?;
        fs::write(self.package().join(name), content)?;
        fs::write(self.stamp_file(kind), inputs.to_string())?;
        Ok(())
    }

    /// Publishes the scripts that the glue imports, in place of those of the last time.
    pub(crate) fn write_companions(&self, companions: &[(PathBuf, String)]) -> Result<()> {
        let folder = self.package().join("snippets");
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        for (path, text) in companions {
            let place = self.package().join(path);
            fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
            fs::write(place.with_added_extension("br"), compressed(text.as_bytes())?)?;
            fs::write(place, text)?;
        }
        Ok(())
    }

    /// Copies files that keep their names (icons, fonts, `robots.txt`) to the top of the site.
    pub(crate) fn copy_assets(&self, assets: &Path) -> Result<()> {
        if assets.is_dir() { copy_folder(assets, &self.root) } else { Ok(()) }
    }

    /// Tells Leptos the hashes. Written last and moved into place: a server never reads half of it.
    pub(crate) fn write_hash_file(&self) -> Result<()> {
        let mut lines = String::new();
        for kind in Kind::ALL {
            let name = self.find(kind)?.with_context(|| format!("No {} file was written.", kind.ending()))?;
            let hash = name.split('.').nth(1).unwrap_or_default();
            lines.extend([
                kind.ending(),
                ": ",
                hash,
                "
",
            ]);
        }
        let (draft, place) = (self.work.join(HASH_FILE), self.root.join(HASH_FILE));
        fs::write(&draft, lines)?;
        fs::rename(draft, place)?;
        Ok(())
    }

    /// What is published, with sizes.
    pub(crate) fn files(&self) -> Result<Vec<Published>> {
        let mut files = Vec::new();
        for kind in Kind::ALL {
            if let Some(name) = self.find(kind)? {
                let raw_bytes = fs::metadata(self.package().join(&name))?.len();
                let brotli_bytes = fs::metadata(self.package().join(format!("{name}.br")))?.len();
                files.push(Published { name, raw_bytes, brotli_bytes });
            }
        }
        Ok(files)
    }

    fn find(&self, kind: Kind) -> Result<Option<String>> {
        Ok(self
            .published_names()?
            .into_iter()
            .find(|name| belongs_to(name, kind) && name.strip_suffix(".br").is_none()))
    }

    fn published_names(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(self.package())?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }
}

/// Whether a name is `asp-access.HASH.ending` or its brotli copy.
fn belongs_to(name: &str, kind: Kind) -> bool {
    let plain = name.strip_suffix(".br").unwrap_or(name);
    let mut parts = plain.split('.');
    parts.next() == Some(NAME) && parts.nth(1) == Some(kind.ending()) && parts.next().is_none()
}

fn compressed(content: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, BUFFER_BYTES, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(out)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Result<(tempfile::TempDir, Site)> {
        let folder = tempfile::tempdir()?;
        let site = Site::at(&folder.path().join("site"))?;
        Ok((folder, site))
    }

    #[test]
    fn the_hash_file_speaks_the_language_of_leptos() -> Result<()> {
        let (_folder, site) = site()?;
        for kind in Kind::ALL {
            site.write(kind, kind.ending().as_bytes(), Stamp::of(&[]))?;
        }
        site.write_hash_file()?;
        let told = fs::read_to_string(site.root.join(HASH_FILE))?;
        // As `HydrationScripts` reads it: the word, a colon, the hash; then `NAME.hash.ending`.
        for line in told.lines() {
            let (word, hash) = line.split_once(':').context("a line without a colon")?;
            assert!(site.package().join(format!("{NAME}.{}.{word}", hash.trim())).is_file(), "{line}");
        }
        assert_eq!(told.lines().count(), 3);
        Ok(())
    }

    #[test]
    fn a_new_content_takes_the_place_of_the_old_one() -> Result<()> {
        let (_folder, site) = site()?;
        site.write(Kind::Style, b"a{}", Stamp::of(&[b"1"]))?;
        site.write(Kind::Style, b"b{}", Stamp::of(&[b"2"]))?;
        assert_eq!(site.published_names()?.len(), 2, "the file and its brotli copy");
        assert!(!site.is_current(&[Kind::Style], Stamp::of(&[b"1"]))?);
        assert!(site.is_current(&[Kind::Style], Stamp::of(&[b"2"]))?);
        Ok(())
    }

    #[test]
    fn the_brotli_copy_unpacks_to_the_file() -> Result<()> {
        let content = b"asp-access ".repeat(1000);
        let packed = compressed(&content)?;
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut unpacked)?;
        assert_eq!(unpacked, content);
        Ok(())
    }
}
