//! `oriel query`: asks a running server over its public API and prints the answer, one row a line; what is no row (warnings, that
//! nothing was found) goes to standard error.

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::process::ExitCode;

/// What to ask.
#[derive(Args)]
pub(crate) struct Query {
    /// The language.
    language: Language,
    /// The query.
    query: String,
    /// The server's door for that language; by default this machine's.
    #[arg(long)]
    url: Option<String>,
    /// Start, in seconds since 1970 or RFC 3339; with it a range is asked for.
    #[arg(long)]
    start: Option<String>,
    /// End; by default now.
    #[arg(long)]
    end: Option<String>,
    /// Step of a range.
    #[arg(long)]
    step: Option<String>,
    /// Most lines or traces.
    #[arg(long)]
    limit: Option<u32>,
    /// Tenant.
    #[arg(long)]
    tenant: Option<String>,
    /// Print the answer as it came.
    #[arg(long)]
    raw: bool,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
enum Language {
    Promql,
    Logql,
    Traceql,
}

/// Asks and prints.
pub(crate) fn run(query: &Query) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let text = runtime.block_on(ask(query))?;
    if query.raw {
        println!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let answer: Value = serde_json::from_str(&text).context("the answer is no JSON")?;
    let notes =
        ["warnings", "infos"].into_iter().flat_map(|kind| answer[kind].as_array().into_iter().flatten());
    for note in notes.filter_map(Value::as_str) {
        eprintln!("{note}");
    }
    let rows = rows(query.language, &answer);
    if rows.is_empty() {
        eprintln!("nothing found");
    }
    for row in rows {
        println!("{row}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn ask(query: &Query) -> Result<String> {
    let ranged = query.start.is_some();
    let (base, path) = match (query.language, ranged) {
        (Language::Promql, false) => ("http://127.0.0.1:9090", "/api/v1/query"),
        (Language::Promql, true) => ("http://127.0.0.1:9090", "/api/v1/query_range"),
        (Language::Logql, _) => ("http://127.0.0.1:3100", "/loki/api/v1/query_range"),
        (Language::Traceql, _) => ("http://127.0.0.1:3200", "/api/search"),
    };
    let name = if query.language == Language::Traceql { "q" } else { "query" };
    let limit = query.limit.map(|l| l.to_string());
    let parameters = [
        (name, Some(&query.query)),
        ("start", query.start.as_ref()),
        ("end", query.end.as_ref()),
        ("step", query.step.as_ref()),
        ("limit", limit.as_ref()),
    ];
    let mut url = reqwest::Url::parse(&format!("{}{path}", query.url.as_deref().unwrap_or(base)))?;
    for (name, value) in parameters {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    crate::run::install_tls();
    let mut request = reqwest::Client::builder().build()?.get(url.clone());
    if let Some(tenant) = &query.tenant {
        request = request.header("X-Scope-OrgID", tenant);
    }
    let response = request.send().await.with_context(|| format!("cannot reach {url}"))?;
    let status = response.status();
    let text = response.text().await?;
    if !status.is_success() {
        bail!("the server answered {status}: {}", text.trim());
    }
    Ok(text)
}

fn rows(language: Language, answer: &Value) -> Vec<String> {
    if language == Language::Traceql {
        let traces = answer["traces"].as_array().into_iter().flatten();
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        return traces
            .map(|t| {
                let (id, service, name) =
                    (text(&t["traceID"]), text(&t["rootServiceName"]), text(&t["rootTraceName"]));
                // Shorter than a millisecond: the field is left out.
                format!("{id}  {service}: {name}  {} ms", t["durationMs"].as_u64().unwrap_or(0))
            })
            .collect();
    }
    let data = &answer["data"];
    let Some(result) = data["result"].as_array() else { return vec![data.to_string()] };
    if let [time, Value::String(text)] = result.as_slice() {
        return vec![format!("{time}  {text}")]; // A scalar or a string.
    }
    let mut rows = Vec::new();
    for series in result {
        let labels = if series["stream"].is_object() { &series["stream"] } else { &series["metric"] };
        // Numbers and histograms of a series stand apart: `value(s)` and `histogram(s)`.
        let ranged =
            [&series["values"], &series["histograms"]].into_iter().filter_map(Value::as_array).flatten();
        let single = [&series["value"], &series["histogram"]].into_iter().filter(|pair| pair.is_array());
        rows.extend(ranged.chain(single).map(|pair| {
            let text = pair[1].as_str().map_or_else(|| pair[1].to_string(), str::to_owned);
            let time = pair[0].as_str().map_or_else(|| pair[0].to_string(), str::to_owned);
            format!("{time}  {labels}  {text}")
        }));
    }
    rows
}
