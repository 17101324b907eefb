//! Exceptions as text: what was thrown, with its stack in the form `at name (file:line:column)`.

use rquickjs::{CaughtError, Ctx, Value};

/// Something a script threw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `TypeError: message`.
    pub(crate) message: String,
    /// The frames, each on its own line after a tab; may be empty.
    pub(crate) stack: String,
}

impl Failure {
    /// A failure without a stack.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Failure { message: message.into(), stack: String::new() }
    }

    /// What an engine error stands for; takes the pending exception.
    pub(crate) fn of(ctx: &Ctx<'_>, error: rquickjs::Error) -> Self {
        match CaughtError::from_error(ctx, error) {
            CaughtError::Exception(exception) => Self::of_value(exception.into_object().into_value()),
            CaughtError::Value(value) => Self::of_value(value),
            CaughtError::Error(error) => Self::plain(error.to_string()),
        }
    }

    /// What a thrown value says.
    pub(crate) fn of_value(value: Value<'_>) -> Self {
        let Some(object) =
            value.as_object().filter(|o| o.as_value().is_error() || o.contains_key("stack").unwrap_or(false))
        else {
            let text = value
                .ctx()
                .globals()
                .get::<_, rquickjs::Function<'_>>("String")
                .and_then(|f| f.call((value.clone(),)));
            return Self::plain(text.unwrap_or_else(|_| "unknown exception".to_owned()));
        };
        let text = |key: &str| object.get::<_, Option<String>>(key).ok().flatten().unwrap_or_default();
        let (name, message) = (text("name"), text("message"));
        let message = match (name.is_empty(), message.is_empty()) {
            (true, _) => message,
            (false, true) => name,
            (false, false) => format!("{name}: {message}"),
        };
        let frames = text("stack");
        let frames: Vec<&str> = frames.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        let own = |frame: &&&str| frame.contains("file://");
        let mut stack: String = frames.iter().filter(own).map(|f| format!("\n\t{f}")).collect();
        if stack.is_empty() {
            stack = frames.iter().map(|f| format!("\n\t{f}")).collect();
        }
        Failure { message, stack }
    }

    /// Message and stack as they are logged.
    pub(crate) fn text(&self) -> String {
        if self.stack.is_empty() { self.message.clone() } else { format!("{}{}\n", self.message, self.stack) }
    }
}
