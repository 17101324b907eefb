//! How a line of a file becomes an entry: as it is, from Docker's json-file, or from Kubernetes' CRI format.
//!
//! Containers' lines longer than 16 KiB come in fragments, stdout and stderr interleaved: each stream has its own
//! buffer, the first fragment's time counts, and a line ends with its newline (Docker) or its `F` tag (CRI).
//! Sources: <https://docs.docker.com/engine/logging/drivers/json-file/>,
//! <https://kubernetes.io/docs/concepts/cluster-administration/logging/>

use super::tail::Chunk;
use crate::options::LineFormat;
use bytes::Bytes;
use model::Nanos;
use std::path::Path;

/// A joined line is cut beyond this: what the store takes by default is a quarter of it.
const MAX_JOINED_BYTES: usize = 1 << 20;

/// Lines that have not ended yet, for stdout and stderr.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    open: [Option<(Nanos, String)>; 2],
}

#[derive(serde::Deserialize)]
struct DockerLine<'a> {
    #[serde(borrow)]
    log: std::borrow::Cow<'a, str>,
    #[serde(default, borrow)]
    stream: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    time: std::borrow::Cow<'a, str>,
}

/// Calls `emit` with extra labels, time and text of each line of `chunk`.
pub(super) fn entries(
    format: LineFormat,
    chunk: &Chunk,
    fragments: &mut Fragments,
    mut emit: impl FnMut(&[(&str, &str)], Nanos, Bytes),
) {
    let mut start = 0;
    let mut number = 0;
    while start < chunk.bytes.len() {
        let end = memchr::memchr(b'\n', &chunk.bytes[start..]).map_or(chunk.bytes.len(), |at| start + at);
        let mut line = chunk.bytes.slice(start..end);
        start = end + 1;
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        let read_at = Nanos(chunk.intent.at.saturating_add(number));
        number += 1;
        let line = valid_text(line);
        let text = std::str::from_utf8(&line).unwrap_or("");
        let parsed = match format {
            LineFormat::Plain => None,
            LineFormat::DockerJson => docker(text),
            LineFormat::Cri => cri(text),
        };
        match parsed {
            Some((stream, at, piece, last)) => {
                let which = usize::from(stream == "stderr");
                if let Some((at, whole)) = join(&mut fragments.open[which], at, &piece, last) {
                    emit(&[("stream", stream)], at, Bytes::from(whole));
                }
            }
            // A line that is not of the format is kept as it stands rather than lost.
            None if !line.is_empty() => emit(&[], read_at, line),
            None => {}
        }
    }
}

/// Adds a piece; the whole line when it was the last.
fn join(open: &mut Option<(Nanos, String)>, at: Nanos, piece: &str, last: bool) -> Option<(Nanos, String)> {
    let (_, text) = open.get_or_insert_with(|| (at, String::new()));
    let room = MAX_JOINED_BYTES.saturating_sub(text.len());
    text.push_str(&piece[..piece.floor_char_boundary(room)]);
    if last { open.take() } else { None }
}

fn docker(text: &str) -> Option<(&'static str, Nanos, std::borrow::Cow<'_, str>, bool)> {
    let line: DockerLine<'_> = serde_json::from_str(text).ok()?;
    let at = time(&line.time)?;
    let last = line.log.ends_with('\n');
    let stream = if line.stream == "stderr" { "stderr" } else { "stdout" };
    let piece = match line.log {
        std::borrow::Cow::Borrowed(log) => std::borrow::Cow::Borrowed(log.trim_end_matches('\n')),
        std::borrow::Cow::Owned(log) => std::borrow::Cow::Owned(log.trim_end_matches('\n').to_owned()),
    };
    Some((stream, at, piece, last))
}

fn cri(text: &str) -> Option<(&'static str, Nanos, std::borrow::Cow<'_, str>, bool)> {
    let mut fields = text.splitn(4, ' ');
    let at = time(fields.next()?)?;
    let stream = match fields.next()? {
        "stdout" => "stdout",
        "stderr" => "stderr",
        _ => return None,
    };
    let last = match fields.next()?.split(':').next()? {
        "F" => true,
        "P" => false,
        _ => return None,
    };
    Some((stream, at, std::borrow::Cow::Borrowed(fields.next().unwrap_or("")), last))
}

fn time(text: &str) -> Option<Nanos> {
    let timestamp: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok().map(Nanos)
}

fn valid_text(line: Bytes) -> Bytes {
    match std::str::from_utf8(&line) {
        Ok(_) => line,
        Err(_) => Bytes::from(String::from_utf8_lossy(&line).into_owned()),
    }
}

/// Labels of a container from the `config.v2.json` beside its log.
pub(super) fn container_labels(log: &Path) -> Vec<(String, String)> {
    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct Config {
        labels: Option<std::collections::BTreeMap<String, String>>,
        image: String,
    }
    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct Container {
        name: String,
        #[serde(rename = "ID")]
        id: String,
        config: Config,
    }
    let read = || -> Option<Container> {
        serde_json::from_slice(&std::fs::read(log.parent()?.join("config.v2.json")).ok()?).ok()
    };
    let container = read().unwrap_or_default();
    let labels = container.config.labels.unwrap_or_default();
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    let name = container.name.trim_start_matches('/').to_owned();
    let service = label("com.docker.compose.service");
    let found = [
        ("service_name", if service.is_empty() { name.clone() } else { service.clone() }),
        ("container", name),
        ("compose_service", service),
        ("compose_project", label("com.docker.compose.project")),
        ("image", container.config.image),
        ("container_id", container.id.chars().take(12).collect()),
    ];
    found
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
