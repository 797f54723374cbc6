//! Turns the screen's WebAssembly into the files a browser loads: `bundle <wasm> <site-dir> [style-dir]`.
//!
//! It does what a `cargo leptos build` does after the compiler, with the library behind `wasm-bindgen`: nobody has to
//! install a command line whose version must equal the crate's. Run it from the top folder of the workspace.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a build tool talks to a terminal")]

mod glue;
mod optimise;
mod site;
mod stamp;
mod stylesheet;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};

use crate::{
    optimise::Optimiser,
    site::{Kind, Site},
    stamp::Stamp,
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain in one line: whoever builds has no use for a backtrace of this tool.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: bundle <wasm> <site-dir> [style-dir]";
    let wasm = arguments.next().context(usage)?;
    let site = Site::at(&arguments.next().context(usage)?)?;
    let style = arguments.next().unwrap_or_else(|| PathBuf::from("style"));

    let script_is_new = write_scripts(&wasm, &site)?;
    let style_is_new = write_stylesheet(&style, &site)?;
    site.copy_assets(&style.join("assets"))?;
    site.write_hash_file()?;

    for file in site.files()? {
        println!("    {:<42} {:>9} bytes {:>9} brotli", file.name, file.raw_bytes, file.brotli_bytes);
    }
    if !script_is_new && !style_is_new {
        println!("    Nothing changed since the last bundle.");
    }
    Ok(())
}

/// Writes the glue and the module; answers whether there was work to do.
fn write_scripts(wasm: &Path, site: &Site) -> Result<bool> {
    let input = fs::read(wasm).with_context(|| {
        format!("There is no WebAssembly at {}: build it first (`make run` does both).", wasm.display())
    })?;
    let optimiser = Optimiser::find();
    let stamp = Stamp::of(&[&input, optimiser.name().as_bytes()]);
    if site.is_current(&[Kind::Script, Kind::Module], stamp)? {
        return Ok(false);
    }
    let glue = glue::generate(&input)?;
    let module = optimiser.run(&glue.module, &site.work())?;
    site.write_companions(&glue.companions)?;
    site.write(Kind::Script, glue.script.as_bytes(), stamp)?;
    site.write(Kind::Module, &module, stamp)?;
    Ok(true)
}

/// Writes the one stylesheet; answers whether there was work to do.
fn write_stylesheet(style: &Path, site: &Site) -> Result<bool> {
    let css = stylesheet::joined(style)?;
    let stamp = Stamp::of(&[css.as_bytes()]);
    if site.is_current(&[Kind::Style], stamp)? {
        return Ok(false);
    }
    site.write(Kind::Style, css.as_bytes(), stamp)?;
    Ok(true)
}
