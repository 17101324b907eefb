//! Builds the web UI with npm and embeds what it made: `cargo build` is the only command one needs.
//!
//! The sources are hashed; when `ui/dist` was made from the same sources it is taken as it is, and when it was swept away
//! beside a target folder that stayed it is made again. Without npm (a server
//! that builds from source and needs no UI) the binary carries a page that says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// What the UI is made from.
const SOURCES: [&str; 8] = [
    "src",
    "public",
    "scripts",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

/// Tells, in `ui/dist`, the hash of what it was made from.
const STAMP: &str = ".sources";

fn main() {
    // Asked now and not when this was compiled: a target folder may serve several checkouts.
    let ui = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../ui");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", ui.join(source).display());
    }
    let dist = ui.join("dist");
    println!("cargo::rerun-if-changed={}", dist.join(STAMP).display());
    match build(&ui, &dist) {
        Ok(()) => {
            embed(&dist, &out.join("assets.rs")).expect("ui/dist can be read and OUT_DIR written");
        }
        Err(reason) => {
            println!("cargo::warning=the web UI is not built in: {reason}");
            let text = "static ASSETS: &[Asset] = &[Asset { path: \"index.html\", \
                bytes: b\"<!doctype html><title>Oriel</title><p>This binary was built without npm and has no web UI.\", \
                brotli: None, content_type: \"text/html; charset=utf-8\", etag: \"\\\"none\\\"\", immutable: false }];";
            fs::write(out.join("assets.rs"), text).expect("OUT_DIR can be written");
        }
    }
}

fn build(ui: &Path, dist: &Path) -> Result<(), String> {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for source in SOURCES {
        hash_into(&mut hash, &ui.join(source)).map_err(|e| format!("{source}: {e}"))?;
    }
    let (stamp, wanted) = (dist.join(STAMP), format!("{hash:016x}"));
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    let lock = fs::read(ui.join("package-lock.json")).map_err(|e| e.to_string())?;
    let installed = ui.join("node_modules/.oriel-lock");
    if !fs::read(&installed).is_ok_and(|have| have == lock) {
        npm(ui, &["ci", "--no-audit", "--no-fund"])?;
        fs::write(installed, lock).map_err(|e| e.to_string())?;
    }
    npm(ui, &["run", "build"])?;
    write_stamp(&stamp, &wanted, &ui.join("package.json")).map_err(|e| e.to_string())
}

/// The stamp is as old as a source: a file that is newer than this run would make cargo run it once more.
fn write_stamp(stamp: &Path, hash: &str, source: &Path) -> io::Result<()> {
    fs::write(stamp, hash)?;
    fs::File::options().write(true).open(stamp)?.set_modified(fs::metadata(source)?.modified()?)
}

fn npm(ui: &Path, arguments: &[&str]) -> Result<(), String> {
    let out = Command::new("npm")
        .args(arguments)
        .current_dir(ui)
        .output()
        .map_err(|e| format!("npm cannot be started: {e}"))?;
    if out.status.success() {
        return Ok(());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    Err(format!("npm {} failed: {}", arguments.join(" "), text.replace('\n', " | ")))
}

/// FNV-1a over names and contents, folders in order.
fn hash_into(hash: &mut u64, path: &Path) -> io::Result<()> {
    let mut mix = |bytes: &[u8]| {
        for byte in bytes {
            *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<io::Result<_>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| hash_into(hash, entry));
    }
    if path.is_file() {
        mix(path.file_name().map_or(&[][..], |n| n.as_encoded_bytes()));
        mix(&fs::read(path)?);
    }
    Ok(())
}

/// One [`server::ui::Asset`] a file, sorted by path.
fn embed(dist: &Path, target: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(dist, dist, &mut files)?;
    files.sort();
    let mut text = String::from("static ASSETS: &[Asset] = &[\n");
    for (name, path) in &files {
        let packed = PathBuf::from(format!("{}.br", path.display()));
        let packed =
            if packed.is_file() { format!("Some(include_bytes!({packed:?}))") } else { "None".to_owned() };
        let mut hash = 0xcbf2_9ce4_8422_2325;
        hash_into(&mut hash, path)?;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "    Asset {{ path: {name:?}, bytes: include_bytes!({path:?}), brotli: {packed}, content_type: {:?}, \
             etag: \"\\\"{hash:016x}\\\"\", immutable: {} }},",
            content_type(name),
            name.starts_with("assets/"),
        );
    }
    text.push_str("];\n");
    fs::write(target, text)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path().canonicalize()?;
        let name =
            path.strip_prefix(root.canonicalize()?).expect("it lies inside").to_string_lossy().into_owned();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if !name.ends_with(".br") && !name.starts_with('.') {
            files.push((name, path));
        }
    }
    Ok(())
}
