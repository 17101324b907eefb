//! Patterns of LogQL: `.` leaves out newlines, and errors are texts. The dialect is [`model::regexp`]'s.

pub(crate) use model::regexp::without_names;
use model::regexp::{Anchors, compile};

/// Compiles a pattern that must match somewhere in the text.
pub(crate) fn unanchored(pattern: &str) -> Result<regex::Regex, String> {
    compile(pattern, Anchors::None, false).map_err(|e| e.to_string())
}

/// Compiles a pattern that must match the whole text.
pub(crate) fn anchored(pattern: &str) -> Result<regex::Regex, String> {
    compile(pattern, Anchors::Both, false).map_err(|e| e.to_string())
}

/// `Err` says what Go says about a pattern it does not compile.
pub(crate) fn check(pattern: &str) -> Result<(), String> {
    model::regexp::check(pattern).map_err(|e| e.to_string())
}
