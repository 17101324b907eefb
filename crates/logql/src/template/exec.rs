//! Nodes -> text.

use super::parse::{Arg, Command, Node, Pipe};
use super::value::Value;
use super::{Template, View, functions};
use std::collections::BTreeMap;

/// Steps of loops and calls a template may take for one line: templates are written by strangers.
const MAX_STEPS: usize = 100_000;
/// The deepest call of a template by a template.
const MAX_CALLS: usize = 50;
/// The longest text a template may write for one line, in bytes.
const MAX_OUTPUT: usize = 16 << 20;

pub(super) struct Execution<'a> {
    template: &'a Template,
    pub(super) view: &'a View<'a>,
    /// Built when something looks at all labels or at an error label.
    pub(super) labels: BTreeMap<String, String>,
    variables: Vec<(String, Value)>,
    out: String,
    steps: usize,
    calls: usize,
}

enum Flow {
    Next,
    Break,
    Continue,
}

type Executed<T> = Result<T, String>;

impl<'a> Execution<'a> {
    pub(super) fn run(template: &'a Template, view: &'a View<'a>) -> Executed<String> {
        let mut labels = BTreeMap::new();
        view.labels.each(|name, value| {
            labels.insert(name.to_owned(), value.to_owned());
        });
        let mut execution = Execution {
            template,
            view,
            labels,
            variables: vec![("$".to_owned(), Value::Labels)],
            out: String::new(),
            steps: 0,
            calls: 0,
        };
        execution.list(&template.body, &Value::Labels)?;
        Ok(execution.out)
    }

    /// An error at a place of the template.
    fn fail(&self, at: usize, node: &str, what: &str) -> String {
        let context: String = if node.len() > 20 && what.starts_with("can't evaluate") {
            format!("{node:.20}...")
        } else {
            node.to_owned()
        };
        format!(
            "template: {}:1:{at}: executing {} at <{context}>: {what}",
            self.template.name,
            crate::units::quote(self.template.name)
        )
    }

    fn list(&mut self, nodes: &[Node], dot: &Value) -> Executed<Flow> {
        for node in nodes {
            self.steps += 1;
            if self.steps > MAX_STEPS || self.out.len() > MAX_OUTPUT {
                return Err(format!(
                    "template: {}: it takes too long or writes too much",
                    self.template.name
                ));
            }
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        value.print(&mut self.out, &self.labels);
                    }
                }
                Node::If(pipe, body, otherwise) | Node::With(pipe, body, otherwise) => {
                    let scope = self.variables.len();
                    let value = self.pipe(pipe, dot)?;
                    let truth = value.truth(self.labels.is_empty());
                    let inner = if matches!(node, Node::With(..)) && truth { &value } else { dot };
                    let flow = self.list(if truth { body } else { otherwise }, inner)?;
                    self.variables.truncate(scope);
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
                Node::Range(pipe, body, otherwise) => {
                    let scope = self.variables.len();
                    self.range(pipe, body, otherwise, dot)?;
                    self.variables.truncate(scope);
                }
                Node::Template { name, argument, at } => self.call(name, argument.as_ref(), *at, dot)?,
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Next)
    }

    fn call(&mut self, name: &str, argument: Option<&Pipe>, at: usize, dot: &Value) -> Executed<()> {
        let template = self.template;
        let Some(body) = template.defined.get(name) else {
            let name = crate::units::quote(name);
            let node = argument
                .map_or(format!("{{{{template {name}}}}}"), |p| format!("{{{{template {name} {p}}}}}"));
            return Err(self.fail(at, &node, &format!("template {name} not defined")));
        };
        if self.calls == MAX_CALLS {
            return Err(format!(
                "template: {}: exceeded maximum template depth ({MAX_CALLS})",
                template.name
            ));
        }
        let argument = match argument {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Value::Nil,
        };
        self.calls += 1;
        let variables = std::mem::replace(&mut self.variables, vec![("$".to_owned(), argument.clone())]);
        self.list(body, &argument)?;
        self.variables = variables;
        self.calls -= 1;
        Ok(())
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Value) -> Executed<()> {
        let declared = Pipe { variables: Vec::new(), assigns: false, commands: pipe.commands.clone() };
        let items: Vec<(Value, Value)> = match self.pipe(&declared, dot)? {
            Value::List(list) => {
                list.into_iter().enumerate().map(|(i, item)| (Value::Int(i as i64), item)).collect()
            }
            Value::Map(map) => map.into_iter().map(|(key, item)| (Value::Text(key), item)).collect(),
            Value::Labels => {
                self.labels.iter().map(|(n, v)| (Value::Text(n.clone()), Value::Text(v.clone()))).collect()
            }
            Value::Int(count) => {
                (0..count.min(MAX_STEPS as i64)).map(|i| (Value::Int(i), Value::Int(i))).collect()
            }
            Value::Nil => Vec::new(),
            other => {
                let mut text = String::new();
                other.print(&mut text, &self.labels);
                let at = pipe.commands.first().map_or(0, |c| c.at);
                return Err(self.fail(
                    at,
                    &declared.to_string(),
                    &format!("range can't iterate over {text}"),
                ));
            }
        };
        if items.is_empty() {
            self.list(otherwise, dot)?;
            return Ok(());
        }
        let scope = self.variables.len();
        for (key, item) in items {
            match pipe.variables.as_slice() {
                [one] => self.assign(one, item.clone(), pipe.assigns),
                [first, second] => {
                    self.assign(first, key, pipe.assigns);
                    self.assign(second, item.clone(), pipe.assigns);
                }
                _ => {}
            }
            let flow = self.list(body, &item)?;
            self.variables.truncate(scope);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value, assigns: bool) {
        match self.variables.iter_mut().rev().find(|(n, _)| assigns && n == name) {
            Some(variable) => variable.1 = value,
            None => self.variables.push((name.to_owned(), value)),
        }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Executed<Value> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        let value = last.unwrap_or(Value::Nil);
        for name in &pipe.variables {
            self.assign(name, value.clone(), pipe.assigns);
        }
        Ok(value)
    }

    fn command(&mut self, command: &Command, dot: &Value, last: Option<Value>) -> Executed<Value> {
        self.steps += 1;
        let (first, rest) = command.args.split_first().expect("the parser keeps no empty command");
        if let Arg::Function(name) = first {
            return self.function(name, command, rest, dot, last);
        }
        if !rest.is_empty() || last.is_some() {
            let what = format!("can't give argument to non-function {first}");
            return Err(self.fail(command.at, &first.to_string(), &what));
        }
        if let Arg::Nil = first {
            return Err(self.fail(command.at, "nil", "nil is not a command"));
        }
        self.arg(first, command, dot)
    }

    fn function(
        &mut self,
        name: &str,
        command: &Command,
        rest: &[Arg],
        dot: &Value,
        last: Option<Value>,
    ) -> Executed<Value> {
        // `and` and `or` stop at the first operand that decides.
        if matches!(name, "and" | "or") {
            let mut value = None;
            for arg in rest {
                let current = self.arg(arg, command, dot)?;
                let decided = current.truth(self.labels.is_empty()) == (name == "or");
                value = Some(current);
                if decided {
                    return Ok(value.unwrap_or(Value::Nil));
                }
            }
            return match last.or(value) {
                Some(value) => Ok(value),
                None => Err(self.fail(
                    command.at,
                    &command.to_string(),
                    &format!("wrong number of args for {name}: want at least 1 got 0"),
                )),
            };
        }
        let mut args = Vec::with_capacity(rest.len() + 1);
        for arg in rest {
            args.push(self.arg(arg, command, dot)?);
        }
        args.extend(last);
        functions::call(name, args, self).map_err(|failure| {
            let what = match failure {
                functions::Failure::Call(error) => format!("error calling {name}: {error}"),
                functions::Failure::Plain(error) => error,
            };
            // The function, not the call, is where numbers of arguments do not fit.
            let is_count = what.starts_with("wrong number of args");
            self.fail(command.at, &if is_count { name.to_owned() } else { command.to_string() }, &what)
        })
    }

    fn arg(&mut self, arg: &Arg, command: &Command, dot: &Value) -> Executed<Value> {
        Ok(match arg {
            Arg::Dot => dot.clone(),
            Arg::Nil => Value::Nil,
            Arg::Text(text) => Value::Text(text.clone()),
            Arg::Bool(flag) => Value::Bool(*flag),
            Arg::Int(int) => Value::Int(*int),
            Arg::Float(float) => Value::Float(*float),
            Arg::Field(names) => self.fields(dot.clone(), names, command)?,
            Arg::Variable(name, names) => {
                let value = self
                    .variables
                    .iter()
                    .rev()
                    .find(|(n, _)| n == name)
                    .map_or(Value::Nil, |(_, v)| v.clone());
                self.fields(value, names, command)?
            }
            Arg::Pipe(pipe) => self.pipe(pipe, dot)?,
            // What a pipe did not make has no fields, and that is no error.
            Arg::Chain(inner, names) => match self.arg(inner, command, dot)? {
                Value::Nil => Value::Nil,
                value => self.fields(value, names, command)?,
            },
            Arg::Function(name) => self.function(name, command, &[], dot, None)?,
        })
    }

    fn fields(&self, mut value: Value, names: &[String], command: &Command) -> Executed<Value> {
        for name in names {
            value = match value {
                Value::Labels => Value::Text(self.labels.get(name).cloned().unwrap_or_default()),
                Value::Map(mut map) => map.remove(name).unwrap_or(Value::Nil),
                Value::Nil => {
                    let what = format!("nil pointer evaluating interface {{}}.{name}");
                    return Err(self.fail(command.at, &command.to_string(), &what));
                }
                other => {
                    let what = format!("can't evaluate field {name} in type {}", other.type_name());
                    // A chain of fields stands where its second one does.
                    let at = match command.args.as_slice() {
                        [Arg::Field(names)] if names.len() > 1 => command.at + 1 + names[0].len(),
                        _ => command.at,
                    };
                    return Err(self.fail(at, &command.to_string(), &what));
                }
            };
        }
        Ok(value)
    }
}
