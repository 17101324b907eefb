//! The JavaScript side.
pub(crate) mod fiber;
