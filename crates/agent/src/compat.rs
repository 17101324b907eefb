//! Configurations of the collectors that Oriel replaces, read as they are and turned into typed options.

pub mod prometheus;
