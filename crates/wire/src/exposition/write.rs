//! Pieces of the text format for those who write it: `/metrics` of Oriel itself and `/federate`.

use crate::names::{is_label_name, is_metric_name};

/// A label value as it stands between quotes.
pub fn escape_label_value(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A help text as it stands after `# HELP name `.
pub fn escape_help(help: &str) -> String {
    help.replace('\\', "\\\\").replace('\n', "\\n")
}

/// Writes `name{a="b"}`, or `{"odd.name",a="b"}` when the name is outside of the classic alphabet; no space after it.
pub fn write_sample_name<'a>(out: &mut String, name: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut first = true;
    let mut open = false;
    if is_metric_name(name) {
        out.push_str(name);
    } else {
        out.push_str("{\"");
        out.push_str(&escape_label_value(name));
        out.push('"');
        (first, open) = (false, true);
    }
    for (label, value) in labels {
        out.push_str(if open { "" } else { "{" });
        out.push_str(if first { "" } else { "," });
        (first, open) = (false, true);
        if is_label_name(label) {
            out.push_str(label);
        } else {
            out.push('"');
            out.push_str(&escape_label_value(label));
            out.push('"');
        }
        out.push_str("=\"");
        out.push_str(&escape_label_value(value));
        out.push('"');
    }
    if open {
        out.push('}');
    }
}
