//! The `oriel` command.
fn main() {}
