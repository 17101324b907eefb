//! Taste that is not checked decays. `tidy` reads the source as text and checks what style.md asks:
//!
//! - a crate depends only on crates of a lower layer (`[package.metadata.house] layer = N`);
//! - every source file opens with `//!` (TypeScript: a comment), is no `mod.rs`, and is not too long;
//! - functions fit a screen; folders are small; banned words are in no name;
//! - names of other products stop at the doors;
//! - the walks of `docs/walks` name files that are there.
//!
//! `ratchet.txt` lists what was too long when it was written; those may shrink and never grow. `--bless` rewrites it.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Lines of a file that holds no tests: above this the paragraph has become a chapter.
const MAX_FILE_LINES: usize = 600;
/// Lines of a function: one screen.
const MAX_FUNCTION_LINES: usize = 70;
/// Lines of a crate's `lib.rs`: a table of contents.
const MAX_LIB_LINES: usize = 150;
/// Lines of a `mod tests` inside a source file.
const MAX_INLINE_TEST_LINES: usize = 150;
/// Files in a folder.
const MAX_FOLDER_FILES: usize = 20;

/// Words that say nothing, refused as parts of the names of types, functions and modules.
const BANNED_WORDS: [&str; 9] =
    ["manager", "helper", "util", "utils", "common", "misc", "impl", "process", "do"];

/// Other products, which the house knows only at its doors.
const PRODUCTS: [&str; 6] = ["prometheus", "loki", "tempo", "grafana", "promtail", "k6"];
/// Where they may be named (in code; comments and docs may cite sources anywhere).
const DOORS: [&str; 7] = [
    "crates/wire/",
    "crates/server/src/",
    "crates/agent/src/compat",
    "crates/load/",
    "crates/oriel/",
    "xtask/",
    "e2e/",
];

/// Runs every check and prints what is wrong.
pub(crate) fn check(root: &Path, bless: bool) -> Result<()> {
    let files = tracked(root)?;
    let mut faults = layers(root)?;
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for path in &files {
        if let Some((folder, _)) = path.rsplit_once('/') {
            *folders.entry(folder).or_default() += 1;
        }
        let text = std::fs::read_to_string(root.join(path)).with_context(|| path.clone())?;
        source(path, &text, &mut faults, &mut sizes);
    }
    for (folder, count) in folders.iter().filter(|(_, count)| **count > MAX_FOLDER_FILES) {
        sizes.insert(format!("{folder}/ files"), *count);
    }
    walks(root, &mut faults)?;
    ratchet(root, &sizes, bless, &mut faults)?;
    if faults.is_empty() {
        println!("tidy: {} files are in order", files.len());
        return Ok(());
    }
    faults.iter().for_each(|fault| println!("{fault}"));
    bail!("tidy: {} faults", faults.len())
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let listed =
        crate::shell::output(root, "git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    let is_source = |p: &&str| {
        (p.ends_with(".rs") || p.ends_with(".ts") || p.ends_with(".tsx"))
            && !p.contains("/testdata/")
            && root.join(p).is_file()
    };
    Ok(listed.lines().filter(is_source).map(str::to_owned).collect())
}

/// Every path in backticks of a walk is a file or folder of a crate.
fn walks(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let folder = root.join("docs/walks");
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let walk = entry?.path();
        let text = std::fs::read_to_string(&walk)?;
        for path in text.split('`').skip(1).step_by(2).filter(|path| path.contains('/')) {
            if !root.join("crates").join(path).exists() {
                faults.push(format!("{}: there is no crates/{path}", walk.display()));
            }
        }
    }
    Ok(())
}

/// A crate's layer and its dependencies, read from its manifest.
fn layers(root: &Path) -> Result<Vec<String>> {
    let mut layer_of: BTreeMap<String, u32> = BTreeMap::new();
    let mut edges: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(root.join("crates"))? {
        let manifest = entry?.path().join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&manifest) else { continue };
        let field = |key: &str| {
            text.lines().find_map(|l| l.strip_prefix(key)?.trim().strip_prefix('=').map(str::trim))
        };
        let name = field("name").context("a manifest without a name")?.trim_matches('"').to_owned();
        let layer =
            field("layer").with_context(|| format!("{name} has no [package.metadata.house] layer"))?;
        layer_of.insert(name.clone(), layer.parse()?);
        let mut in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_dependencies = line == "[dependencies]";
            } else if in_dependencies && let Some(end) = line.find(['.', ' ', '=']) {
                edges.push((name.clone(), line[..end].to_owned()));
            }
        }
    }
    let wrong = |(from, to): &(String, String)| match (layer_of.get(from), layer_of.get(to)) {
        (Some(a), Some(b)) if b >= a && from != "testkit" => {
            Some(format!("crates/{from}: layer {a} may not depend on {to} of layer {b}"))
        }
        _ => None,
    };
    Ok(edges.iter().filter_map(wrong).collect())
}

fn source(path: &str, text: &str, faults: &mut Vec<String>, sizes: &mut BTreeMap<String, usize>) {
    let rust = path.ends_with(".rs");
    let is_test = path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains("/benches/")
        || path.contains(".test.");
    let opening = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let taught = if is_test && !rust {
        true
    } else if rust {
        opening.starts_with("//!")
    } else {
        opening.starts_with("//") || opening.starts_with("/*")
    };
    if !taught {
        faults.push(format!(
            "{path}: must open with a comment that says what it is{}",
            if rust { " (//!)" } else { "" }
        ));
    }
    if path.ends_with("/mod.rs") {
        faults.push(format!("{path}: write foo.rs beside foo/ instead of mod.rs"));
    }
    let lines: Vec<&str> = text.lines().collect();
    let tests_at = lines.iter().position(|l| *l == "mod tests {").unwrap_or(lines.len());
    let limit = if path.ends_with("src/lib.rs") { MAX_LIB_LINES } else { MAX_FILE_LINES };
    if !is_test && tests_at > limit {
        sizes.insert(format!("{path} lines"), tests_at);
    }
    if lines.len() - tests_at > MAX_INLINE_TEST_LINES && !is_test {
        sizes.insert(format!("{path} inline test lines"), lines.len() - tests_at);
    }
    if rust && !is_test {
        functions(path, &lines[..tests_at], sizes);
        names(path, &lines[..tests_at], faults);
    }
}

/// Functions longer than a screen: from `fn` to the closing brace at the same indentation.
fn functions(path: &str, lines: &[&str], sizes: &mut BTreeMap<String, usize>) {
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[at..].iter().position(|l| **l == closing).unwrap_or(0);
        if end + 1 > MAX_FUNCTION_LINES {
            sizes.insert(format!("{path} fn {name}"), end + 1);
        }
    }
}

fn function_name(line: &str) -> Option<&str> {
    let rest = line.trim_start();
    // One of a trait ends here, without a body.
    if rest.starts_with("//") || rest.ends_with(';') {
        return None;
    }
    let at = rest.find("fn ").filter(|at| *at == 0 || rest[..*at].ends_with(' '))?;
    let name = rest[at + 3..].split(['(', '<']).next()?;
    (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

/// The name that a line declares (type, trait, function or module).
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start();
    let keyword = ["struct ", "enum ", "trait ", "mod ", "fn "].into_iter().find_map(|k| {
        let at = rest
            .find(k)
            .filter(|at| *at == 0 || rest[..*at].starts_with("pub") || rest[..*at].ends_with("async "))?;
        Some(&rest[at + k.len()..])
    })?;
    let end = keyword.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(keyword.len());
    Some(&keyword[..end])
}

fn names(path: &str, lines: &[&str], faults: &mut Vec<String>) {
    let at_a_door = DOORS.iter().any(|door| path.starts_with(door));
    for (number, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        if let Some(name) = declared(code) {
            let words = words(name);
            if let Some(bad) = words.iter().find(|w| BANNED_WORDS.contains(&w.as_str())) {
                faults.push(format!("{path}:{}: `{name}` says nothing with the word {bad:?}", number + 1));
            }
            if !at_a_door && let Some(product) = words.iter().find(|w| PRODUCTS.contains(&w.as_str())) {
                faults
                    .push(format!("{path}:{}: `{name}`: the name {product:?} stops at the door", number + 1));
            }
        }
    }
}

/// The words of a snake_case or CamelCase name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        let last = words.last_mut().expect("there is always a word");
        if c == '_' {
            words.push(String::new());
        } else if c.is_uppercase() && !last.is_empty() {
            words.push(c.to_lowercase().collect());
        } else {
            last.extend(c.to_lowercase());
        }
    }
    words
}

/// Holds sizes against `ratchet.txt`: what is listed may shrink, nothing may join.
fn ratchet(
    root: &Path,
    sizes: &BTreeMap<String, usize>,
    bless: bool,
    faults: &mut Vec<String>,
) -> Result<()> {
    let file = root.join("xtask/ratchet.txt");
    if bless {
        let text: String = sizes.iter().map(|(what, size)| format!("{size} {what}\n")).collect();
        std::fs::write(file, text)?;
        return Ok(());
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let allowed: BTreeMap<&str, usize> = text
        .lines()
        .filter_map(|l| l.split_once(' '))
        .filter_map(|(n, what)| Some((what, n.parse().ok()?)))
        .collect();
    for (what, size) in sizes {
        match allowed.get(what.as_str()) {
            Some(limit) if size <= limit => {}
            Some(limit) => faults.push(format!("{what}: {size}, grown beyond its {limit}; split it")),
            None => faults.push(format!("{what}: {size} is too large; split it")),
        }
    }
    for gone in allowed.keys().filter(|what| !sizes.contains_key(**what)) {
        faults.push(format!("xtask/ratchet.txt: {gone} is in order now; run `cargo xtask tidy --bless`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(words("BlockManager"), ["block", "manager"]);
        assert_eq!(words("to_labels"), ["to", "labels"]);
        assert_eq!(declared("pub(crate) fn read_all(x: u8)"), Some("read_all"));
        assert_eq!(declared("pub struct Utils;"), Some("Utils"));
        assert_eq!(declared("let fn_ = 1;"), None);
        assert_eq!(function_name("    pub(crate) async fn go<T>(a: T) {"), Some("go"));
    }

    #[test]
    fn a_file_without_a_header_or_with_a_banned_name_is_a_fault() {
        let (mut faults, mut sizes) = (Vec::new(), BTreeMap::new());
        source("crates/tsdb/src/x.rs", "use a;\nstruct PrometheusHelper;\n", &mut faults, &mut sizes);
        assert_eq!(faults.len(), 3, "{faults:?}");
        source(
            "crates/tsdb/src/y.rs",
            &format!("//! y\n{}", "\n".repeat(MAX_FILE_LINES)),
            &mut faults,
            &mut sizes,
        );
        assert_eq!(sizes.keys().collect::<Vec<_>>(), ["crates/tsdb/src/y.rs lines"]);
    }
}
