//! Text -> nodes. One pass; an action's words are read as the parser needs them.

use std::collections::BTreeMap;
use std::fmt;

mod literal;
mod pipe;

/// The deepest nesting of blocks and parentheses.
const MAX_DEPTH: usize = 100;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Template { name: String, argument: Option<Pipe>, at: usize },
    Break,
    Continue,
}

/// `$x := a | b`
#[derive(Debug, Clone)]
pub(super) struct Pipe {
    pub(super) variables: Vec<String>,
    /// `=` instead of `:=`.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) args: Vec<Arg>,
    /// Byte offset in the template.
    pub(super) at: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Arg {
    Dot,
    Nil,
    Field(Vec<String>),
    /// Name with `$`, fields.
    Variable(String, Vec<String>),
    Function(String),
    Chain(Box<Arg>, Vec<String>),
    Pipe(Pipe),
    Text(String),
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields =
            |f: &mut fmt::Formatter<'_>, all: &[String]| all.iter().try_for_each(|name| write!(f, ".{name}"));
        match self {
            Arg::Dot => f.write_str("."),
            Arg::Nil => f.write_str("nil"),
            Arg::Field(all) => fields(f, all),
            Arg::Variable(name, all) => {
                f.write_str(name)?;
                fields(f, all)
            }
            Arg::Function(name) => f.write_str(name),
            Arg::Chain(inner, all) => {
                write!(f, "{inner}")?;
                fields(f, all)
            }
            Arg::Pipe(pipe) => write!(f, "({pipe})"),
            Arg::Text(text) => f.write_str(&crate::units::quote(text)),
            Arg::Bool(value) => write!(f, "{value}"),
            Arg::Int(value) => write!(f, "{value}"),
            Arg::Float(value) => f.write_str(&crate::units::format_float_g(*value, 6)),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.args
            .iter()
            .enumerate()
            .try_for_each(|(i, arg)| write!(f, "{}{arg}", if i == 0 { "" } else { " " }))
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        self.commands
            .iter()
            .enumerate()
            .try_for_each(|(i, c)| write!(f, "{}{c}", if i == 0 { "" } else { " | " }))
    }
}

type Defined = BTreeMap<String, Vec<Node>>;

/// The body, and the templates that it defines.
pub(super) fn parse(name: &str, text: &str) -> Result<(Vec<Node>, Defined), String> {
    let mut parser = Parser {
        name,
        text,
        at: 0,
        trim: false,
        variables: vec!["$".into()],
        defined: Defined::new(),
        depth: 0,
    };
    let (body, end) = parser.list()?;
    match end {
        End::Text => Ok((body, parser.defined)),
        End::Close => Err(parser.error("unexpected {{end}}")),
        End::Else => Err(parser.error("unexpected {{else}}")),
    }
}

/// Names of labels in field position at the top.
pub(super) fn fields(nodes: &[Node], out: &mut Vec<String>) {
    for node in nodes {
        match node {
            Node::Action(pipe) => pipe_fields(pipe, out),
            Node::If(pipe, a, b) | Node::Range(pipe, a, b) | Node::With(pipe, a, b) => {
                pipe_fields(pipe, out);
                fields(a, out);
                fields(b, out);
            }
            Node::Template { argument: Some(pipe), .. } => pipe_fields(pipe, out),
            _ => {}
        }
    }
}

fn pipe_fields(pipe: &Pipe, out: &mut Vec<String>) {
    for arg in pipe.commands.iter().flat_map(|command| &command.args) {
        match arg {
            Arg::Field(names) => out.push(names[0].clone()),
            Arg::Pipe(inner) => pipe_fields(inner, out),
            Arg::Chain(inner, _) => {
                if let Arg::Pipe(inner) = &**inner {
                    pipe_fields(inner, out);
                }
            }
            _ => {}
        }
    }
}

#[derive(PartialEq)]
enum End {
    Text,
    Close,
    Else,
}

struct Parser<'a> {
    name: &'a str,
    text: &'a str,
    at: usize,
    /// The last action ended with ` -}}`.
    trim: bool,
    variables: Vec<String>,
    defined: Defined,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn error(&self, what: &str) -> String {
        let line = 1 + self.text[..self.at.min(self.text.len())].matches('\n').count();
        format!("template: {}:{line}: {what}", self.name)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// Nodes up to an `end`, an `else` (its word taken, not the rest of its action) or the end of the text.
    fn list(&mut self) -> Parsed<(Vec<Node>, End)> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.depth += 1;
        let mut nodes = Vec::new();
        let end = loop {
            let rest = self.rest();
            let open = rest.find("{{").unwrap_or(rest.len());
            let mut piece = &rest[..open];
            if std::mem::take(&mut self.trim) {
                piece = piece.trim_start_matches([' ', '\t', '\r', '\n']);
            }
            self.at += open;
            let trims =
                self.rest().strip_prefix("{{-").is_some_and(|r| r.starts_with([' ', '\t', '\r', '\n']));
            if trims {
                piece = piece.trim_end_matches([' ', '\t', '\r', '\n']);
            }
            if !piece.is_empty() {
                nodes.push(Node::Text(piece.to_owned()));
            }
            if self.rest().is_empty() {
                break End::Text;
            }
            self.at += if trims { 3 } else { 2 };
            self.space();
            if self.rest().starts_with("/*") {
                self.comment()?;
                continue;
            }
            match self.action()? {
                Step::Node(node) => nodes.push(node),
                Step::Nothing => {}
                Step::End(end) => break end,
            }
        };
        self.depth -= 1;
        Ok((nodes, end))
    }

    fn comment(&mut self) -> Parsed<()> {
        let Some(end) = self.rest().find("*/") else { return Err(self.error("unclosed comment")) };
        self.at += end + 2;
        if self.close() { Ok(()) } else { Err(self.error("comment ends before closing delimiter")) }
    }

    /// Takes `}}` or ` -}}`.
    fn close(&mut self) -> bool {
        self.space();
        let (length, trim) = match self.rest() {
            r if r.starts_with("-}}") => (3, true),
            r if r.starts_with("}}") => (2, false),
            _ => return false,
        };
        self.at += length;
        self.trim = trim;
        true
    }

    fn expect_close(&mut self, context: &str) -> Parsed<()> {
        if self.close() {
            return Ok(());
        }
        if self.rest().is_empty() {
            return Err(self.error("unclosed action"));
        }
        let word: String = self.rest().chars().take_while(|c| !c.is_whitespace() && *c != '}').collect();
        Err(self.error(&format!("unexpected {} in {context}", crate::units::quote(&word))))
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(rest.len())]
    }

    fn action(&mut self) -> Parsed<Step> {
        let at = self.at;
        let word = self.word();
        match word {
            "end" | "else" | "if" | "range" | "with" | "define" | "template" | "block" | "break"
            | "continue" => {
                self.at += word.len();
            }
            _ => {
                let pipe = self.pipe("command")?;
                self.expect_close("command")?;
                return Ok(Step::Node(Node::Action(pipe)));
            }
        }
        Ok(match word {
            "end" => {
                self.expect_close("end")?;
                Step::End(End::Close)
            }
            "else" => Step::End(End::Else),
            "if" | "range" | "with" => Step::Node(self.control(word)?),
            "define" => {
                let (name, _) = self.named("define")?;
                self.expect_close("define clause")?;
                let (body, end) = self.list()?;
                if end != End::Close {
                    return Err(self.error("unexpected EOF"));
                }
                self.defined.insert(name, body);
                Step::Nothing
            }
            "template" | "block" => {
                let (name, _) = self.named(word)?;
                self.space();
                let bare = self.rest().starts_with("}}") || self.rest().starts_with("-}}");
                let argument = if bare { None } else { Some(self.pipe("template clause")?) };
                self.expect_close("template clause")?;
                if word == "block" {
                    let (body, end) = self.list()?;
                    if end != End::Close {
                        return Err(self.error("unexpected EOF"));
                    }
                    self.defined.insert(name.clone(), body);
                }
                // Go reports the place of the name.
                Step::Node(Node::Template { name, argument, at: at + word.len() + 1 })
            }
            _ => {
                self.expect_close(word)?;
                Step::Node(if word == "break" { Node::Break } else { Node::Continue })
            }
        })
    }

    fn named(&mut self, context: &str) -> Parsed<(String, usize)> {
        self.space();
        let at = self.at;
        match self.rest().chars().next() {
            Some('"' | '`') => Ok((self.quoted()?, at)),
            _ => {
                Err(self
                    .error(&format!("unexpected {} in {context} clause", crate::units::quote(self.word()))))
            }
        }
    }

    fn control(&mut self, word: &str) -> Parsed<Node> {
        let scope = self.variables.len();
        let pipe = self.pipe(word)?;
        self.expect_close(word)?;
        let (body, end) = self.list()?;
        let mut otherwise = Vec::new();
        match end {
            End::Text => return Err(self.error("unexpected EOF")),
            End::Close => {}
            End::Else => {
                self.space();
                let next = self.word();
                if next == word && word != "range" {
                    // `else if` is an `else` with an `if` inside, closed by the same `end`.
                    self.at += next.len();
                    if self.depth == MAX_DEPTH {
                        return Err(self.error("nested too deep"));
                    }
                    self.depth += 1;
                    otherwise.push(self.control(word)?);
                    self.depth -= 1;
                } else {
                    self.expect_close("else")?;
                    let (nodes, end) = self.list()?;
                    if end != End::Close {
                        return Err(self.error("unexpected EOF"));
                    }
                    otherwise = nodes;
                }
            }
        }
        self.variables.truncate(scope);
        Ok(match word {
            "if" => Node::If(pipe, body, otherwise),
            "range" => Node::Range(pipe, body, otherwise),
            _ => Node::With(pipe, body, otherwise),
        })
    }
}

enum Step {
    Node(Node),
    Nothing,
    End(End),
}
