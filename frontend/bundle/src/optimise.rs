//! Shrinks the module with `wasm-opt`, where there is one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// Where `npm ci` in the test folder puts it.
const INSTALLED: &str = "end2end/node_modules/.bin/wasm-opt";

/// What the compiler emits by default must be allowed by name.
///
/// Nothing is inlined: what saves bytes before the compression costs more after it.
const FLAGS: [&str; 10] = [
    "-Oz",
    "--converge",
    "--skip-pass=inlining",
    "--skip-pass=inlining-optimizing",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// The optimiser found on this machine, or none.
pub(crate) struct Optimiser(Option<PathBuf>);

impl Optimiser {
    /// Takes `WASM_OPT` before the one that npm installed. One on the path is not looked for: distributions
    /// carry releases that are too old for what the compiler emits.
    pub(crate) fn find() -> Self {
        let named = std::env::var_os("WASM_OPT").filter(|path| !path.is_empty()).map(PathBuf::from);
        Self(named.or_else(|| Some(PathBuf::from(INSTALLED)).filter(|path| path.exists())))
    }

    /// Part of the stamp: a module is written anew when an optimiser appears or changes place, or is told otherwise.
    pub(crate) fn name(&self) -> String {
        self.0.as_ref().map_or_else(|| "none".to_owned(), |path| format!("{} {}", path.display(), FLAGS.join(" ")))
    }

    /// Answers the smaller module, or the same one where there is no optimiser.
    pub(crate) fn run(&self, module: &[u8], work: &Path) -> Result<Vec<u8>> {
        let Some(program) = &self.0 else {
            println!(
                "    wasm-opt is not installed: the browser's half stays larger than it need be. To change that, \
                 run `npm ci` in end2end."
            );
            return Ok(module.to_vec());
        };
        fs::create_dir_all(work)?;
        let (before, after) = (work.join("before.wasm"), work.join("after.wasm"));
        fs::write(&before, module)?;
        let status = Command::new(program)
            .args(FLAGS)
            .arg(&before)
            .arg("-o")
            .arg(&after)
            .status()
            .with_context(|| format!("{} could not be started.", program.display()))?;
        ensure!(status.success(), "wasm-opt refused the module ({status}).");
        let smaller = fs::read(&after)?;
        fs::remove_dir_all(work)?;
        Ok(smaller)
    }
}
