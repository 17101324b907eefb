//! `POST /insert/journald/upload`: entries of systemd's journal, as `systemd-journal-upload` posts them. Its first request
//! holds the whole journal of a machine, so a body is read and stored a part at a time.
//!
//! The answer is 200 once all of it is stored; then the sender remembers its place. An entry that cannot be stored is
//! counted and the rest goes on, since its sender would come back with the same entry for ever. When the store takes
//! nothing now, or the stream breaks, the request fails and is sent again; what was stored of it is stored once.

use super::{Defaults, mapping, read_bytes};
use crate::api::loki::refusal;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use crate::{body, telemetry::Counter};
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use model::{Nanos, Tenant};
use std::sync::Arc;
use wire::WireError;
use wire::journald::{self, Entries};
use wire::record::{Fields, Mapping, Streams};

const DEFAULTS: Defaults = Defaults {
    time: &[journald::TIME],
    message: &["MESSAGE"],
    stream: &["_MACHINE_ID", "_HOSTNAME", "_SYSTEMD_UNIT"],
};

/// Bytes of a stream that are read before what they hold is stored.
const PART_BYTES: usize = 1 << 20;

/// One request on its way.
struct Upload<'a> {
    state: &'a Arc<State>,
    tenant: Tenant,
    mapping: Mapping,
    entries: Entries,
    streams: Streams,
    unstored: usize,
    refused: Counter,
}

/// Takes entries.
pub(super) async fn upload(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match store(&state, request).await {
        Ok(()) => respond::empty(StatusCode::OK),
        Err(fault) => respond::text(fault.status(), format!("{}\n", fault.message())),
    }
}

async fn store(state: &Arc<State>, request: Request<Body>) -> Result<(), Fault> {
    let (parts, mut body) = request.into_parts();
    let params = Params::of_url(&parts.uri)?;
    let help = "Entries of the journal that were not stored.";
    let mut upload = Upload {
        state,
        tenant: state.options.tenancy.of(&parts.headers)?,
        mapping: mapping(&params, &parts.headers, &DEFAULTS)?,
        entries: Entries::default(),
        streams: Streams::default(),
        unstored: 0,
        refused: state.telemetry.counter("oriel_journald_entries_refused_total", help, &[]),
    };
    if !body::content_encoding(&parts.headers).is_empty() {
        // What is packed has the bounds that all packed bodies have.
        let (_, body) = read_bytes(state, &parts, body).await?;
        for part in body.chunks(PART_BYTES) {
            upload.take(part).await?;
        }
        return upload.finish().await;
    }
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Fault::invalid(format!("the request body ended early: {error}")))?;
        if let Ok(bytes) = frame.into_data() {
            upload.take(&bytes).await?;
        }
    }
    upload.finish().await
}

impl Upload<'_> {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let now = Nanos(self.state.clock.now_nanos());
        let (mapping, streams, refused) = (&self.mapping, &mut self.streams, &self.refused);
        self.entries.push(bytes, |entry| place(entry, mapping, streams, refused, now))?;
        self.unstored += bytes.len();
        match self.unstored >= PART_BYTES {
            true => self.store().await,
            false => Ok(()),
        }
    }

    async fn finish(mut self) -> Result<(), Fault> {
        let now = Nanos(self.state.clock.now_nanos());
        let (mapping, streams, refused) = (&self.mapping, &mut self.streams, &self.refused);
        let ended =
            std::mem::take(&mut self.entries).finish(|entry| place(entry, mapping, streams, refused, now));
        self.store().await?;
        Ok(ended?)
    }

    async fn store(&mut self) -> Result<(), Fault> {
        self.unstored = 0;
        let batch = std::mem::take(&mut self.streams).finish();
        if batch.is_empty() {
            return Ok(());
        }
        let outcome =
            self.state.engines.ingest.logs(&self.state.write_context(self.tenant.clone()), batch).await?;
        match refusal(&outcome) {
            Some(fault) if fault.status() == StatusCode::TOO_MANY_REQUESTS => Err(fault),
            Some(fault) => {
                self.refused.add(outcome.refused_rows);
                tracing::debug!(entries = outcome.refused_rows, reason = %fault, "entries of the journal were not stored");
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Puts the line of an entry where it belongs.
fn place(
    entry: Result<Fields<'static>, WireError>,
    mapping: &Mapping,
    streams: &mut Streams,
    refused: &Counter,
    now: Nanos,
) {
    let record = entry.and_then(|fields| {
        let whole = match mapping.message.iter().any(|name| fields.get(name).is_some()) {
            true => String::new(),
            false => fields.to_json(),
        };
        mapping.record(fields, &Bytes::new(), &whole, now)
    });
    match record {
        Ok(record) => streams.push(record),
        Err(error) => {
            refused.add(1);
            tracing::debug!(%error, "an entry of the journal was not stored");
        }
    }
}
