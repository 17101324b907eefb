//! What is done to the JSON of dashboards without knowing all of it: cutting a member out, asking what is where, patching.

pub(super) mod patch;
pub(super) mod shape;
pub(super) mod slice;
