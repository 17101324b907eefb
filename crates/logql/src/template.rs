//! The templates of `line_format` and `label_format`: Go's `text/template`, with the functions of the replaced system.
//!
//! [`Template::compile`] reads, [`Template::run`] writes. A missing label is empty, a missing member of parsed JSON is
//! `<no value>`. Errors carry Go's texts because they become labels of the line.
//! Source: <https://pkg.go.dev/text/template>

mod exec;
mod functions;
mod parse;
mod printf;
mod strings;
mod time;
mod value;

use crate::stage::labels::LineLabels;
use parse::{Arg, Node};
use std::collections::BTreeMap;
pub(crate) use strings::go_expansion;

/// What a template sees of a line.
pub(crate) struct View<'a> {
    pub(crate) labels: &'a LineLabels<'a>,
    pub(crate) line: &'a str,
    /// Nanoseconds since 1970.
    pub(crate) at: i64,
}

/// A template that was read.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    name: &'static str,
    body: Vec<Node>,
    defined: BTreeMap<String, Vec<Node>>,
    /// The whole template is one label: looked up directly, where the error labels are not seen.
    single: Option<String>,
}

impl Template {
    /// `name` is part of error texts.
    pub(crate) fn compile(name: &'static str, text: &str) -> Result<Self, String> {
        let (body, defined) = parse::parse(name, text)?;
        let single = match body.as_slice() {
            [Node::Action(pipe)] if name == "line" && pipe.variables.is_empty() => {
                match pipe.commands.as_slice() {
                    [command] => match command.args.as_slice() {
                        [Arg::Field(fields)] if fields.len() == 1 => Some(fields[0].clone()),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        };
        Ok(Template { name, body, defined, single })
    }

    /// The text for one line. `Err` holds the details of the error.
    pub(crate) fn run(&self, view: &View<'_>) -> Result<String, String> {
        match &self.single {
            Some(label) => Ok(view.labels.get(label).unwrap_or("").to_owned()),
            None => exec::Execution::run(self, view),
        }
    }

    /// Labels that the template names.
    pub(crate) fn fields(&self, out: &mut Vec<String>) {
        parse::fields(&self.body, out);
        for body in self.defined.values() {
            parse::fields(body, out);
        }
    }
}

#[cfg(test)]
mod tests;
