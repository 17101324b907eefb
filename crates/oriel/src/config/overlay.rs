//! From text to [`Config`]: the file, then the environment, then `--set`, each naming what is wrong with it.

use super::Config;
use anyhow::{Context, Result, anyhow, bail};
use serde_norway::{Mapping, Value};
use std::path::Path;

/// Environment variables that configure Oriel begin like this; sections are split by two underscores.
const PREFIX: &str = "ORIEL_";

/// Environment variables with the prefix that are no configuration: where the file is, and what this project's tests, benches
/// and UI server read.
const NOT_CONFIGURATION: [&str; 8] = [
    "ORIEL_CONFIG",
    "ORIEL_BIN",
    "ORIEL_PYTHON",
    "ORIEL_KILLS",
    "ORIEL_SEED",
    "ORIEL_URL",
    "ORIEL_BENCH_SERIES",
    "ORIEL_BENCH_SPAN",
];

/// Reads the file (if any), the environment and the settings, in this order.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    settings: &[String],
) -> Result<Config> {
    let mut value = Value::Mapping(Mapping::new());
    if let Some(path) = file {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        if !text.trim().is_empty() {
            // Once as the typed form, because only text gives errors their line and column.
            serde_norway::from_str::<Config>(&text)
                .map_err(|e| anyhow!("{}: {}", path.display(), explain(&e.to_string())))?;
            value = serde_norway::from_str(&text)?;
        }
    }
    let mut variables: Vec<(String, String)> = environment
        .filter(|(name, _)| name.starts_with(PREFIX) && !NOT_CONFIGURATION.contains(&name.as_str()))
        .collect();
    variables.sort();
    for (name, text) in variables {
        let path = name[PREFIX.len()..].to_lowercase();
        let keys: Vec<&str> = path.split("__").collect();
        set(&mut value, &keys, &text).with_context(|| format!("environment variable {name}"))?;
    }
    for setting in settings {
        let (path, text) = setting
            .split_once('=')
            .ok_or_else(|| anyhow!("--set {setting}: write it as --set section.key=value"))?;
        let keys: Vec<&str> = path.split('.').collect();
        set(&mut value, &keys, text).with_context(|| format!("--set {setting}"))?;
    }
    serde_norway::from_value(value).map_err(|e| anyhow!(explain(&e.to_string())))
}

/// Sets one key and checks at once that the whole is still well formed, so that the error names its source.
fn set(value: &mut Value, keys: &[&str], text: &str) -> Result<()> {
    let parsed: Value = serde_norway::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let mut here = &mut *value;
    for key in keys {
        let Value::Mapping(mapping) = here else { bail!("{} has no keys below it", keys.join(".")) };
        here =
            mapping.entry(Value::String((*key).to_owned())).or_insert_with(|| Value::Mapping(Mapping::new()));
    }
    *here = parsed;
    serde_norway::from_value::<Config>(value.clone()).map_err(|e| anyhow!(explain(&e.to_string())))?;
    Ok(())
}

/// Adds the nearest known key to an error about an unknown one.
fn explain(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.contains("unknown field") && !message.contains("unknown variant") {
        return message.to_owned();
    }
    let Some(unknown) = quoted.next() else { return message.to_owned() };
    match quoted.min_by_key(|known| distance(unknown, known)).filter(|known| distance(unknown, known) <= 3) {
        Some(nearest) => format!("{message}; did you mean `{nearest}`?"),
        None => message.to_owned(),
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[row.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, environment: &[(&str, &str)], settings: &[&str]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("oriel.yaml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        load(Some(&path), environment, &settings).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn later_sources_win() {
        let config = check(
            "doors: {ui: '0.0.0.0:1', loki: 'off'}\nlogs: {retention: 14d}",
            &[("ORIEL_DOORS__UI", "0.0.0.0:2"), ("ORIEL_MEMORY__QUERY", "1GiB"), ("PATH", "x")],
            &["doors.ui=0.0.0.0:3", "query.max_samples=5"],
        )
        .unwrap();
        assert_eq!((config.doors.ui.as_str(), config.doors.loki.as_str()), ("0.0.0.0:3", "off"));
        assert_eq!((config.memory.query.0, config.query.max_samples), (1 << 30, 5));
        assert_eq!(config.logs.retention, super::super::Span::seconds(14 * 86400));
        assert_eq!(config.doors.prometheus, "127.0.0.1:9090");
    }

    #[test]
    fn errors_name_the_place_and_the_nearest_key() {
        let error = check("doors:\n  promethus: x", &[], &[]).unwrap_err();
        assert!(error.contains("line 2") && error.contains("did you mean `prometheus`?"), "{error}");
        let error = check("", &[("ORIEL_DOOR__UI", "x")], &[]).unwrap_err();
        assert!(error.contains("ORIEL_DOOR__UI") && error.contains("did you mean `doors`?"), "{error}");
        let error = check("", &[], &["logs.retention=soon"]).unwrap_err();
        assert!(error.contains("--set logs.retention=soon") && error.contains("is no duration"), "{error}");
        assert!(check("", &[], &["nonsense"]).unwrap_err().contains("section.key=value"));
    }
}
