//! The load runner (being built).
mod js;
