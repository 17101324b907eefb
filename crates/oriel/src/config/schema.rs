//! What can be configured, as text: a file with every key, its default and its meaning, or a JSON Schema for editors.
//!
//! Both come from the types and their docs, so a key cannot be missing. The commented file is itself a configuration
//! that changes nothing.

use super::Config;
use anyhow::Result;
use serde_json::Value;
use serde_norway::Value as Yaml;
use std::fmt::Write as _;

/// The keys as a JSON Schema. Source: <https://json-schema.org/draft/2020-12>
pub(crate) fn json_schema() -> Value {
    schemars::schema_for!(Config).to_value()
}

/// A configuration file in which every key stands with its default below its meaning.
pub(crate) fn commented() -> Result<String> {
    let schema = json_schema();
    let defaults = serde_norway::to_value(Config::default())?;
    let mut out = String::from(
        "# Every key with its default. Each may also be given as ORIEL_SECTION__KEY or --set section.key=value.\n",
    );
    section(&mut out, &schema, &schema, &defaults, 0)?;
    Ok(out)
}

/// The keys of one section, `depth` levels in, in the order of the type: that of the defaults.
fn section(out: &mut String, root: &Value, schema: &Value, defaults: &Yaml, depth: usize) -> Result<()> {
    let indent = "  ".repeat(depth);
    for (name, default) in defaults.as_mapping().into_iter().flatten() {
        let name = name.as_str().expect("keys are field names");
        let key = &schema["properties"][name];
        if depth == 0 {
            out.push('\n');
        }
        comment(out, &indent, key["description"].as_str().unwrap_or_default());
        if name == "limits" {
            limits(out);
        } else if default.is_mapping() && resolve(root, key)["properties"].is_object() {
            writeln!(out, "{indent}{name}:")?;
            section(out, root, resolve(root, key), default, depth + 1)?;
        } else {
            writeln!(out, "{indent}{name}: {}", scalar(default)?)?;
            item(out, &indent, root, resolve(root, &key["items"]))?;
        }
    }
    Ok(())
}

/// The keys of one element of a list, as comments: a list has no default to show them by.
fn item(out: &mut String, indent: &str, root: &Value, schema: &Value) -> Result<()> {
    let Some(keys) = schema["properties"].as_object() else { return Ok(()) };
    for (at, (name, key)) in keys.iter().enumerate() {
        let lead = if at == 0 { "- " } else { "  " };
        let meaning = key["description"].as_str().or(resolve(root, key)["description"].as_str());
        writeln!(out, "{indent}#   {lead}{name}: {}", meaning.unwrap_or_default().replace('\n', " "))?;
    }
    Ok(())
}

/// The limits stand in a table of their own.
fn limits(out: &mut String) {
    out.push_str("limits:\n");
    for row in server::limits::TABLE {
        comment(out, "  ", row.doc.trim());
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {}: {} # {}", row.name, row.default, row.unit);
    }
}

/// What a reference to a definition stands for; anything else is itself.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

fn comment(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{indent}# {}", line.trim());
    }
}

/// A default on one line: scalars, and lists and maps that are empty.
fn scalar(value: &Yaml) -> Result<String> {
    Ok(serde_norway::to_string(value)?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_file_is_a_configuration_that_changes_nothing() {
        let text = commented().unwrap();
        let mut read: Config = serde_norway::from_str(&text).unwrap();
        assert!(read.limits.len() == server::limits::TABLE.len());
        read.limits.clear();
        assert_eq!(
            serde_norway::to_string(&read).unwrap(),
            serde_norway::to_string(&Config::default()).unwrap(),
            "{text}"
        );
    }

    #[test]
    fn every_key_says_what_it_is() {
        let text = commented().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let is_key = !line.trim_start().starts_with('#') && line.contains(':');
            assert!(!is_key || lines[at - 1].trim_start().starts_with('#'), "no meaning: {line}");
        }
        assert!(text.contains("job: The label `job`."), "{text}");
        assert_eq!(json_schema()["properties"]["data"]["type"], "string");
    }
}
