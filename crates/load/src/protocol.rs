//! What VUs speak to the system under test. Knows no JavaScript.

pub(crate) mod http;
pub(crate) mod ws;
