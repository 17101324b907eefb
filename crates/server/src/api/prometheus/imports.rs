//! Samples in the formats that users of VictoriaMetrics and InfluxDB send, and what was stored as lines of JSON.
//!
//! | path | body |
//! |---|---|
//! | `POST /write`, `/api/v2/write`, both also under `/influx`; `/api/v1/push/influx/write` | line protocol; `precision`, `db` (a label) |
//! | `GET, POST /query`, also under `/influx` | answers that there is nothing: senders ask for their database first |
//! | `POST /api/v1/import` | lines of JSON |
//! | `POST /api/v1/import/csv` | a line a row; `format` says what its columns are |
//! | `POST /api/v1/import/prometheus` | text exposition; `timestamp` in milliseconds |
//! | `GET, POST /api/v1/export` | answers lines of JSON; `match[]`, `start`, `end`, `max_rows_per_line` |
//! | `GET, POST /api/v1/export/csv` | answers a line a sample; `format` lists its columns |
//!
//! Every import takes `extra_label=name=value`, gzip, deflate, zstd and snappy. What is right is stored; when anything was
//! not, the answer is 400 and names the first of it.

use super::labels::selector;
use super::{pages, plain_error, times};
use crate::body;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::{get, post};
use contract::{Need, Series, SeriesSelect};
use http::{Request, StatusCode};
use model::{Labels, LabelsBuilder, MetricBatch, Millis};
use std::sync::Arc;
use wire::Skipped;
use wire::csv;
use wire::exposition::{self, Format};
use wire::influx::{self, Precision};
use wire::json_lines;

type Shared = extract::State<Arc<State>>;

/// The routes of the metrics door.
pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/write", post(line_protocol))
        .route("/api/v2/write", post(line_protocol))
        .route("/influx/write", post(line_protocol))
        .route("/api/v1/push/influx/write", post(line_protocol))
        .route("/influx/api/v2/write", post(line_protocol))
        .route("/query", get(databases).post(databases))
        .route("/influx/query", get(databases).post(databases))
        .route("/api/v1/import", post(lines_of_json))
        .route("/api/v1/import/csv", post(table))
        .route("/api/v1/import/prometheus", post(text))
        .route("/api/v1/export", get(export).post(export))
        .route("/api/v1/export/csv", get(export_table).post(export_table))
}

async fn line_protocol(state: Shared, request: Request<Body>) -> Response {
    import(state, request, |body, params, extra, now| {
        let precision = Precision::parse(params.get("precision")).ok_or_else(|| {
            Fault::invalid(format!("precision {:?} is none of ns, us, ms, s, m, h", params.get("precision")))
        })?;
        let mut extra = extra.to_vec();
        if let Some(db) = params.some("db").or(params.some("bucket")) {
            extra.push(("db".to_owned(), db.to_owned()));
        }
        let decoded = influx::decode(body, precision, now, &extra);
        Ok((decoded.batch, decoded.skipped))
    })
    .await
}

async fn lines_of_json(state: Shared, request: Request<Body>) -> Response {
    import(state, request, |body, _, extra, _| {
        let decoded = json_lines::decode(body);
        Ok((with_labels(decoded.batch, extra), decoded.skipped))
    })
    .await
}

async fn table(state: Shared, request: Request<Body>) -> Response {
    import(state, request, |body, params, extra, now| {
        let decoded = csv::decode(body, &csv::Format::parse(params.get("format"))?, now);
        Ok((with_labels(decoded.batch, extra), decoded.skipped))
    })
    .await
}

/// What a sender that creates its database, or looks whether it is there, needs to go on. Links to graphs have the same path.
async fn databases(state: Shared, request: Request<Body>) -> Response {
    if Params::of_url(request.uri()).is_ok_and(|params| pages::is_graph(&params)) {
        return pages::to_ui(state, request).await;
    }
    respond::json(r#"{"results":[{"statement_id":0}]}"#)
}

async fn text(state: Shared, request: Request<Body>) -> Response {
    import(state, request, |body, params, extra, now| {
        let at =
            match params.some("timestamp") {
                None => now,
                Some(text) => Millis(text.parse().map_err(|_| {
                    Fault::invalid(format!("timestamp {text:?} is no number of milliseconds"))
                })?),
            };
        Ok((with_labels(exposition::parse(body, Format::Text, at)?.batch, extra), Vec::new()))
    })
    .await
}

/// Labels of every series of an import.
type Extra = [(String, String)];
/// A decoder of bodies: text, parameters, labels of every series, now.
type Read = fn(&str, &Params, &Extra, Millis) -> Result<(MetricBatch, Vec<Skipped>), Fault>;

async fn import(extract::State(state): Shared, request: Request<Body>, read: Read) -> Response {
    match store(&state, request, read).await {
        Ok(None) => respond::empty(StatusCode::NO_CONTENT),
        Ok(Some(reason)) => plain_error(StatusCode::BAD_REQUEST, &format!("partial write: {reason}")),
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

async fn store(state: &Arc<State>, request: Request<Body>, read: Read) -> Result<Option<String>, Fault> {
    let (parts, body) = request.into_parts();
    let params = Params::of_url(&parts.uri)?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let extra: Option<Vec<(String, String)>> = params
        .all("extra_label")
        .map(|text| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let extra = extra.ok_or_else(|| Fault::invalid("extra_label is written as name=value"))?;
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let encoding = body::content_encoding(&parts.headers);
    let unpacked = body::unpack(&encoding, body, state.limits().max_unpacked_bytes).ok_or_else(|| {
        Fault::invalid(format!("unsupported compression: {encoding}"))
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    })??;
    let text = std::str::from_utf8(&unpacked).map_err(|_| Fault::invalid("the body is no UTF-8"))?;
    let (batch, skipped) = read(text, &params, &extra, Millis(state.clock.now_millis()))?;
    let mut reason = skipped.into_iter().next().map(|skipped| skipped.message);
    if !batch.is_empty() {
        let outcome = state.engines.ingest.metrics(&state.write_context(tenant), batch).await?;
        reason = reason.or(outcome.refused.first().map(|refusal| refusal.message.clone()));
    }
    Ok(reason)
}

/// The same samples with these labels, which win over a series' own.
fn with_labels(batch: MetricBatch, extra: &Extra) -> MetricBatch {
    if extra.is_empty() {
        return batch;
    }
    let mut out = MetricBatch::default();
    out.metadata.clone_from(&batch.metadata);
    for series in batch.series() {
        let mut labels = LabelsBuilder::from(&series.to_labels());
        labels.set_all(extra.iter().map(|(name, value)| (name, value)));
        let labels: Labels = labels.build();
        labels.iter().for_each(|(name, value)| out.push_label(name, value));
        series.samples().iter().for_each(|sample| out.push_sample(sample.at, sample.value));
        series.histograms().iter().for_each(|h| out.push_histogram(h.at, h.histogram.clone()));
        series.exemplars().iter().for_each(|exemplar| out.push_exemplar(exemplar.clone()));
        // A builder's labels are in order and named once.
        let finished = out.finish_series();
        debug_assert!(finished.is_ok());
    }
    out
}

async fn export(extract::State(state): Shared, request: Request<Body>) -> Response {
    let lines = exported(&state, request, |params| {
        let most = match params.some("max_rows_per_line") {
            None => usize::MAX,
            Some(text) => text.parse().ok().filter(|most| *most > 0).ok_or_else(|| {
                Fault::invalid(format!("max_rows_per_line {text:?} is no number of samples"))
            })?,
        };
        Ok(Box::new(move |out, series| {
            for (times, values) in series.timestamps.chunks(most).zip(series.values.chunks(most)) {
                json_lines::encode(out, &series.labels, times, values);
            }
        }))
    });
    answer("application/stream+json", lines.await)
}

async fn export_table(extract::State(state): Shared, request: Request<Body>) -> Response {
    let lines = exported(&state, request, |params| {
        let format = csv::ExportFormat::parse(params.get("format"))?;
        Ok(Box::new(move |out, series| {
            format.encode(out, &series.labels, &series.timestamps, &series.values)
        }))
    });
    answer("text/csv", lines.await)
}

fn answer(content_type: &'static str, body: Result<String, Fault>) -> Response {
    match body {
        Ok(body) => respond::with_type(StatusCode::OK, content_type, body),
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

/// Writes one series with float samples.
type Write = Box<dyn Fn(&mut String, &Series) + Send>;

async fn exported(
    state: &Arc<State>,
    request: Request<Body>,
    writer: fn(&Params) -> Result<Write, Fault>,
) -> Result<String, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let range = times::range(&params)?;
    let write = writer(&params)?;
    let selectors =
        params.all("match[]").map(selector).collect::<Result<Vec<_>, _>>().map_err(Fault::invalid)?;
    if selectors.is_empty() {
        return Err(Fault::invalid("match[] is missing"));
    }
    let mut out = String::new();
    for matchers in selectors {
        let select = SeriesSelect { matchers, range, need: Need::Samples };
        let source = state.engines.series.clone();
        let cx = state.query_context(tenant.clone(), None);
        let all = state.run(cx, move |cx| async move { source.select(&cx, select).await }).await?;
        all.iter().filter(|series| !series.timestamps.is_empty()).for_each(|series| write(&mut out, series));
    }
    Ok(out)
}
