//! Log lines: logfmt on standard error as k6 writes them (`time="..." level=info msg="..." source=console`), or JSON.

use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use stdx::Clock;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// `key=value` pairs.
    #[default]
    Logfmt,
    /// One JSON object a line.
    Json,
    /// The message alone.
    Raw,
}

/// Where lines go.
pub(crate) struct Logger {
    clock: Clock,
    format: Format,
    lowest: Level,
    target: Mutex<Target>,
    console: Option<Mutex<File>>,
}

/// A destination of log lines.
#[derive(Debug)]
pub(crate) enum Target {
    Stderr,
    Stdout,
    File(File),
    Nowhere,
}

impl Logger {
    /// A logger; `console` is the file that `console.*` calls go to instead of `target`.
    pub(crate) fn to(
        clock: Clock,
        format: Format,
        lowest: Level,
        target: Target,
        console: Option<File>,
    ) -> Self {
        Logger { clock, format, lowest, target: Mutex::new(target), console: console.map(Mutex::new) }
    }

    /// Writes a line with further fields. A line that cannot be written is lost: there is no one left to tell.
    pub(crate) fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        if level < self.lowest {
            return;
        }
        let line = self.line(level, message, fields);
        let from_console = fields.contains(&("source", "console"));
        if let (true, Some(file)) = (from_console, &self.console) {
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
            return;
        }
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = match &mut *target {
            Target::Stderr => std::io::stderr().write_all(line.as_bytes()),
            Target::Stdout => std::io::stdout().write_all(line.as_bytes()),
            Target::File(file) => file.write_all(line.as_bytes()),
            Target::Nowhere => Ok(()),
        };
    }

    /// Writes an error.
    pub(crate) fn error(&self, message: &str) {
        self.log(Level::Error, message, &[]);
    }

    /// Writes a warning.
    pub(crate) fn warn(&self, message: &str) {
        self.log(Level::Warning, message, &[]);
    }

    fn line(&self, level: Level, message: &str, fields: &[(&str, &str)]) -> String {
        let time = jiff::Timestamp::from_second(self.clock.now_millis().div_euclid(1000))
            .map(|t| t.to_string())
            .unwrap_or_default();
        match self.format {
            Format::Raw => format!("{message}\n"),
            Format::Json => {
                let mut line = Map::new();
                line.insert("level".to_owned(), level.as_str().into());
                line.insert("msg".to_owned(), message.into());
                line.extend(fields.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))));
                line.insert("time".to_owned(), time.into());
                format!("{}\n", Value::Object(line))
            }
            Format::Logfmt => {
                let mut line = format!("time=\"{time}\" level={}", level.as_str());
                if !message.is_empty() {
                    line.push_str(" msg=");
                    append_value(&mut line, message);
                }
                for (key, value) in fields {
                    let _ = write!(line, " {key}=");
                    append_value(&mut line, value);
                }
                line.push('\n');
                line
            }
        }
    }
}

/// Appends a value, quoted as Go does where it holds more than plain characters.
fn append_value(line: &mut String, value: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/@^+".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        line.push_str(value);
        return;
    }
    line.push('"');
    for c in value.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(line, "\\x{:02x}", c as u32);
            }
            c => line.push(c),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_only_where_needed() {
        let logger = Logger::to(Clock::manual(0), Format::Logfmt, Level::Info, Target::Nowhere, None);
        let line = logger.line(Level::Info, "a \"b\"\n\u{1}é", &[("source", "console")]);
        assert_eq!(
            line,
            "time=\"1970-01-01T00:00:00Z\" level=info msg=\"a \\\"b\\\"\\n\\x01é\" source=console\n"
        );
        assert!(logger.line(Level::Warning, "", &[]).ends_with("level=warning\n"));
        assert!(logger.line(Level::Error, "plain", &[]).ends_with("msg=plain\n"));
        let json = Logger::to(Clock::manual(0), Format::Json, Level::Info, Target::Nowhere, None);
        assert!(
            json.line(Level::Info, "x", &[("source", "console")])
                .contains(r#""level":"info","msg":"x","source":"console""#)
        );
    }
}
