//! The inside of an action: pipelines of commands, and their operands.
//!
//! Between `parse.rs`, which finds actions, and `literal.rs`, which reads numbers and texts.

use super::{Arg, Command, MAX_DEPTH, Parsed, Parser, Pipe};
use crate::template::functions;

impl Parser<'_> {
    pub(super) fn pipe(&mut self, context: &str) -> Parsed<Pipe> {
        let mut pipe = Pipe { variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declaration(&mut pipe, context == "range");
        loop {
            self.space();
            let at = self.at;
            let mut args = Vec::new();
            while let Some(arg) = self.arg()? {
                args.push(arg);
                let rest = self.rest();
                let separated = rest.starts_with([' ', '\t', '\r', '\n', ')', '|'])
                    || rest.starts_with("}}")
                    || rest.is_empty();
                if !separated
                    && !matches!(args.last(), Some(Arg::Pipe(_) | Arg::Chain(..)))
                    && !rest.starts_with('(')
                {
                    let c = rest.chars().next().unwrap_or(' ');
                    return Err(self.error(&format!("bad character U+{:04X} '{c}'", c as u32)));
                }
                self.space();
            }
            if !args.is_empty() {
                pipe.commands.push(Command { args, at });
            } else if pipe.commands.is_empty() {
                let what = if self.rest().is_empty() {
                    "unclosed action".to_owned()
                } else {
                    format!("missing value for {context}")
                };
                return Err(self.error(&what));
            }
            if !self.rest().starts_with('|') {
                return Ok(pipe);
            }
            self.at += 1;
        }
    }

    /// `$x :=`, `$x =`, `$i, $x :=`
    fn declaration(&mut self, pipe: &mut Pipe, two: bool) {
        self.space();
        let rest = self.rest();
        if !rest.starts_with('$') {
            return;
        }
        let name = |text: &str| {
            let end =
                text[1..].find(|c: char| !(c == '_' || c.is_alphanumeric())).map_or(text.len(), |n| n + 1);
            text[..end].to_owned()
        };
        let first = name(rest);
        let mut after = rest[first.len()..].trim_start();
        let mut variables = vec![first];
        if two
            && let Some(second) = after.strip_prefix(',').map(str::trim_start).filter(|t| t.starts_with('$'))
        {
            let second_name = name(second);
            after = second[second_name.len()..].trim_start();
            variables.push(second_name);
        }
        let (length, assigns) = match after {
            a if a.starts_with(":=") => (2, false),
            a if a.starts_with('=') => (1, true),
            _ => return,
        };
        self.at = self.text.len() - after.len() + length;
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        pipe.variables = variables;
        pipe.assigns = assigns;
    }

    /// One operand with its fields; `None` at the end of a command.
    fn arg(&mut self) -> Parsed<Option<Arg>> {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return Ok(None) };
        let operand = match c {
            '|' | ')' => return Ok(None),
            _ if rest.starts_with("}}") || rest.starts_with("-}}") => return Ok(None),
            '(' => {
                if self.depth == MAX_DEPTH {
                    return Err(self.error("nested too deep"));
                }
                self.depth += 1;
                self.at += 1;
                let pipe = self.pipe("parenthesized pipeline")?;
                self.depth -= 1;
                self.space();
                if !self.rest().starts_with(')') {
                    return Err(self.error("unclosed left paren"));
                }
                self.at += 1;
                Arg::Pipe(pipe)
            }
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number()?,
            '.' => {
                let names = self.fields();
                return Ok(Some(if names.is_empty() {
                    self.at += 1;
                    Arg::Dot
                } else {
                    Arg::Field(names)
                }));
            }
            '$' => {
                self.at += 1;
                let name = format!("${}", self.word());
                self.at += name.len() - 1;
                if !self.variables.contains(&name) {
                    return Err(self.error(&format!("undefined variable {}", crate::units::quote(&name))));
                }
                return Ok(Some(Arg::Variable(name, self.fields())));
            }
            '"' | '`' => Arg::Text(self.quoted()?),
            '\'' => self.character()?,
            c if c.is_ascii_digit() || matches!(c, '-' | '+') => self.number()?,
            c if c == '_' || c.is_alphabetic() => {
                let word = self.word();
                self.at += word.len();
                match word {
                    "true" => Arg::Bool(true),
                    "false" => Arg::Bool(false),
                    "nil" => Arg::Nil,
                    _ if functions::exists(word) => Arg::Function(word.to_owned()),
                    _ => {
                        return Err(
                            self.error(&format!("function {} not defined", crate::units::quote(word)))
                        );
                    }
                }
            }
            c => {
                return Err(
                    self.error(&format!("unexpected {} in command", crate::units::quote(&c.to_string())))
                );
            }
        };
        let names = self.fields();
        Ok(Some(if names.is_empty() { operand } else { Arg::Chain(Box::new(operand), names) }))
    }

    /// `.a.b` right here.
    fn fields(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        while self.rest().starts_with('.') {
            self.at += 1;
            let word = self.word();
            if word.is_empty() {
                self.at -= 1;
                break;
            }
            self.at += word.len();
            names.push(word.to_owned());
        }
        names
    }
}
