//! `POST /api/v1/read`: samples of selected series for another server, whole or as streamed chunks.
//!
//! Both ends of a query's range are inside, stale markers are among the samples, and external labels are on every series that
//! lacks them; a matcher that names one of them is taken as met.

use super::plain_error;
use crate::body;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use bytes::Bytes;
use contract::{Need, Series, SeriesSelect, SeriesSource};
use futures_util::stream;
use http::{HeaderValue, Request, StatusCode, header};
use model::{LabelsBuilder, MatchOp, Matcher, Millis, Tenant, TimeRange};
use std::convert::Infallible;
use std::sync::Arc;
use wire::WireError;
use wire::remote_read::{self, ReadForm, ReadQuery, ReadRequest, ReadSeries};
use wire::remote_write::MAX_DECODED_BYTES;

/// Answers a read.
pub(super) async fn read(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match answer(state, request).await {
        Ok(response) => response,
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

async fn answer(state: Arc<State>, request: Request<Body>) -> Result<Response, Fault> {
    let (parts, body) = request.into_parts();
    let (tenant, source) = state.reader(&parts.headers)?;
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let request = decode(&body)?;
    let form = request.form().ok_or_else(|| {
        Fault::invalid(format!(
            "server does not support any of the requested response types: {:?}; supported: map[SAMPLES:{{}} \
             STREAMED_XOR_CHUNKS:{{}}]",
            request.accepted
        ))
    })?;
    let mut results = Vec::with_capacity(request.queries.len());
    let mut samples = 0u64;
    for query in request.queries {
        let result = select(&state, tenant.clone(), source.clone(), query).await?;
        samples += count(&result);
        check_samples(samples, state.limits().max_query_samples)?;
        results.push(result);
    }
    match form {
        ReadForm::Samples => {
            let packed = wire::compress::to_snappy(&remote_read::encode_samples(&results))?;
            let mut response = respond::with_type(StatusCode::OK, remote_read::CONTENT_TYPE, packed);
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("snappy"));
            Ok(response)
        }
        ReadForm::Chunks => {
            let series =
                (0u64..).zip(results).flat_map(|(query, all)| all.into_iter().map(move |s| (query, s)));
            // Encoded while it is sent: a frame at a time.
            let frames = series.flat_map(|(query, series)| remote_read::encode_frames(&series, query));
            let body = Body::from_stream(stream::iter(frames.map(|f| Ok::<_, Infallible>(Bytes::from(f)))));
            Ok(respond::with_type(StatusCode::OK, remote_read::STREAM_CONTENT_TYPE, body))
        }
    }
}

fn decode(body: &[u8]) -> Result<ReadRequest, Fault> {
    let unpacked = wire::compress::snappy(body, MAX_DECODED_BYTES)?;
    remote_read::decode(&unpacked).map_err(|error| match error {
        // The replaced system reads the message before it looks at matchers, and then it is too late for a 400.
        WireError::Value(text) => Fault::internal(text),
        other => other.into(),
    })
}

async fn select(
    state: &Arc<State>,
    tenant: Tenant,
    source: Arc<dyn SeriesSource>,
    query: ReadQuery,
) -> Result<Vec<ReadSeries>, Fault> {
    let range = TimeRange::new(query.start, Millis(query.end.0.saturating_add(1)));
    if range.is_empty() {
        return Ok(Vec::new());
    }
    let external = &state.options.external_labels;
    let met = |m: &Matcher| {
        m.op == MatchOp::Equal && external.iter().any(|(name, value)| *name == m.name && *value == m.value)
    };
    let matchers: Vec<Matcher> = query.matchers.into_iter().filter(|m| !met(m)).collect();
    let select = SeriesSelect { matchers, range, need: Need::Samples };
    let cx = state.query_context(tenant, None);
    let all = state.run(cx, move |cx| async move { source.select(&cx, select).await }).await?;
    Ok(all.into_iter().map(|series| labelled(series, external)).collect())
}

/// Samples of an answer to one query.
fn count(all: &[ReadSeries]) -> u64 {
    all.iter().map(|series| (series.timestamps.len() + series.histograms.len()) as u64).sum()
}

/// All queries of a request together are held in memory until they are sent, so they have one limit.
fn check_samples(samples: u64, limit: u64) -> Result<(), Fault> {
    if samples <= limit {
        return Ok(());
    }
    Err(Fault::invalid(format!("exceeded sample limit ({limit})")))
}

fn labelled(series: Series, external: &[(String, String)]) -> ReadSeries {
    let Series { mut labels, timestamps, values, histograms, .. } = series;
    if external.iter().any(|(name, _)| labels.get(name).is_none()) {
        let mut builder = LabelsBuilder::from(&labels);
        for (name, value) in external.iter().filter(|(name, _)| labels.get(name).is_none()) {
            builder.set(name, value);
        }
        labels = builder.build();
    }
    ReadSeries { labels, timestamps, values, histograms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_all_queries_have_one_limit() {
        let series = ReadSeries {
            labels: model::Labels::empty(),
            timestamps: [1, 2].into(),
            values: [0.0, 0.0].into(),
            histograms: vec![(Millis(3), Arc::default())],
        };
        assert_eq!(count(&[series.clone(), series]), 6);
        assert_eq!(check_samples(6, 6), Ok(()));
        let fault = check_samples(7, 6).unwrap_err();
        assert_eq!((fault.status(), fault.message()), (StatusCode::BAD_REQUEST, "exceeded sample limit (6)"));
    }
}
