//! Development commands: `cargo xtask tidy|test|bench|conform`.
fn main() {}
