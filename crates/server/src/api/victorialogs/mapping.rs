//! Which field is what, as URL parameters or headers say it.
//!
//! | parameter | header | what |
//! |---|---|---|
//! | `_time_field` | `VL-Time-Field` | fields that may hold the time, first wins |
//! | `_msg_field` | `VL-Msg-Field` | fields that may hold the line, first wins |
//! | `_stream_fields` | `VL-Stream-Fields` | fields that become labels of the stream |
//! | `ignore_fields` | `VL-Ignore-Fields` | fields to leave out; `name*` by their beginning |
//! | `extra_fields` | `VL-Extra-Fields` | `name=value` pairs that every record gets |
//! | `decolorize_fields` | `VL-Decolorize-Fields` | fields that lose the colours of terminals; `name*` by their beginning |
//!
//! Lists are split by commas. A parameter goes before its header.
//! Source: <https://docs.victoriametrics.com/victorialogs/data-ingestion/#http-parameters>

use crate::body::header_text;
use crate::error::Fault;
use crate::params::Params;
use http::HeaderMap;
use wire::record::Mapping;

/// What holds when a request does not say.
pub(in crate::api) struct Defaults {
    /// Fields of the time.
    pub(in crate::api) time: &'static [&'static str],
    /// Fields of the line.
    pub(in crate::api) message: &'static [&'static str],
    /// Fields of the stream.
    pub(in crate::api) stream: &'static [&'static str],
}

/// Fields that usually hold the line.
pub(in crate::api) const MESSAGES: &[&str] = &["_msg", "message", "msg", "log"];

/// Fields that name what a record comes from in few values, so that each makes a stream.
pub(in crate::api) const STREAMS: &[&str] = &[
    "service.name",
    "service_name",
    "service",
    "app",
    "job",
    "kubernetes.namespace",
    "kubernetes.container.name",
];

/// The mapping that a request asks for.
pub(in crate::api) fn mapping(
    params: &Params,
    headers: &HeaderMap,
    defaults: &Defaults,
) -> Result<Mapping, Fault> {
    let said = |name: &str, header: &str| -> Option<Vec<String>> {
        let text = params.some(name).unwrap_or_else(|| header_text(headers, header));
        let list = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Some(list.map(str::to_owned).collect()).filter(|list: &Vec<String>| !list.is_empty())
    };
    let or = |said: Option<Vec<String>>, default: &[&str]| {
        said.unwrap_or_else(|| default.iter().map(|name| (*name).to_owned()).collect())
    };
    let extra = said("extra_fields", "vl-extra-fields").unwrap_or_default();
    let pair = |text: String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Fault::invalid(format!("extra_fields has {text:?}; write it as name=value,name=value"))),
    };
    Ok(Mapping {
        time: or(said("_time_field", "vl-time-field"), defaults.time),
        message: or(said("_msg_field", "vl-msg-field"), defaults.message),
        stream: or(said("_stream_fields", "vl-stream-fields"), defaults.stream),
        ignored: said("ignore_fields", "vl-ignore-fields").unwrap_or_default(),
        decolorized: said("decolorize_fields", "vl-decolorize-fields").unwrap_or_default(),
        extra: extra.into_iter().map(pair).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: Defaults = Defaults { time: &["_time"], message: MESSAGES, stream: &["a"] };

    #[test]
    fn parameters_go_before_headers_and_both_before_defaults() {
        let mut headers = HeaderMap::new();
        headers.insert("vl-stream-fields", "x, y,".parse().unwrap());
        headers.insert("vl-msg-field", "from-header".parse().unwrap());
        let params = Params::of_pairs("_msg_field=one,two&ignore_fields=b*&extra_fields=k=v=w");
        let read = mapping(&params, &headers, &DEFAULTS).unwrap();
        assert_eq!(
            read,
            Mapping {
                time: vec!["_time".into()],
                message: vec!["one".into(), "two".into()],
                stream: vec!["x".into(), "y".into()],
                ignored: vec!["b*".into()],
                extra: vec![("k".into(), "v=w".into())],
                decolorized: vec![],
            }
        );
        mapping(&Params::of_pairs("extra_fields=k"), &headers, &DEFAULTS).unwrap_err();
    }
}
