//! JavaScript: the only place that knows the engine (QuickJS) and the names of k6's modules.
//!
//! A virtual user is a [`fiber`]: its own stack, its own engine, its own globals. The walk of one iteration:
//! `executor/*` hands the VU a lane -> [`vu`] calls the exported function -> `lib/*.js` (the modules' thin JavaScript face)
//! -> native functions (`api`, `http`, `crypto` ...) on the [`host::Host`] -> `protocol/*`, samples into `metrics::Inbox`.

mod api;
mod bytes;
mod crypto;
mod events;
mod failure;
pub(crate) mod fiber;
mod host;
mod html;
mod http;
mod modules;
mod selector;
mod vu;
mod ws;

pub(crate) use failure::Failure;
pub(crate) use vu::{Call, Command, Feed, Hook, Info, LOAD_TIMEOUT, Lane, Seat, Vu, run};
