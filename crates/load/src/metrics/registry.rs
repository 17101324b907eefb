//! The names of metrics: the built-in ones and those a script declares.

use super::{Contains, Kind, MetricId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// What is known of a metric.
#[derive(Debug, Clone)]
pub(crate) struct MetricDef {
    /// Its name.
    pub(crate) name: String,
    /// What it does with values.
    pub(crate) kind: Kind,
    /// Their unit.
    pub(crate) contains: Contains,
}

/// All metrics of a run. Ids are positions; they never change.
#[derive(Debug)]
pub(crate) struct Registry(RwLock<Names>);

#[derive(Debug, Default)]
struct Names {
    defs: Vec<MetricDef>,
    by_name: HashMap<String, MetricId>,
}

macro_rules! builtin {
    ($($id:ident $name:literal $kind:ident $contains:ident;)*) => {
        /// The metrics the runner records by itself. The discriminant is the metric's id in every registry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Builtin { $($id),* }

        const BUILTIN: &[(&str, Kind, Contains)] = &[$(($name, Kind::$kind, Contains::$contains)),*];
    };
}

builtin! {
    Vus "vus" Gauge Default;
    VusMax "vus_max" Gauge Default;
    Iterations "iterations" Counter Default;
    IterationDuration "iteration_duration" Trend Time;
    DroppedIterations "dropped_iterations" Counter Default;
    Checks "checks" Rate Default;
    GroupDuration "group_duration" Trend Time;
    DataSent "data_sent" Counter Data;
    DataReceived "data_received" Counter Data;
    HttpReqs "http_reqs" Counter Default;
    HttpReqFailed "http_req_failed" Rate Default;
    HttpReqDuration "http_req_duration" Trend Time;
    HttpReqBlocked "http_req_blocked" Trend Time;
    HttpReqConnecting "http_req_connecting" Trend Time;
    HttpReqTls "http_req_tls_handshaking" Trend Time;
    HttpReqSending "http_req_sending" Trend Time;
    HttpReqWaiting "http_req_waiting" Trend Time;
    HttpReqReceiving "http_req_receiving" Trend Time;
    WsSessions "ws_sessions" Counter Default;
    WsConnecting "ws_connecting" Trend Time;
    WsSessionDuration "ws_session_duration" Trend Time;
    WsMsgsSent "ws_msgs_sent" Counter Default;
    WsMsgsReceived "ws_msgs_received" Counter Default;
    WsPing "ws_ping" Trend Time;
}

impl From<Builtin> for MetricId {
    fn from(builtin: Builtin) -> Self {
        MetricId(builtin as u32)
    }
}

/// The longest name: the pattern is `^[A-Za-z_][A-Za-z0-9_]{1,128}$`, so a single letter is refused too.
const MAX_NAME_BYTES: usize = 129;
/// A script that declares more metrics than this is a loop gone wrong.
const MAX_METRICS: usize = 10_000;

impl Registry {
    /// A registry with the built-in metrics.
    pub(crate) fn with_builtin() -> Self {
        let mut names = Names::default();
        for (name, kind, contains) in BUILTIN {
            names.add(name, *kind, *contains);
        }
        Registry(RwLock::new(names))
    }

    /// The id for a name, made if it is not known. `Err` says why the name or its kind is refused.
    pub(crate) fn declare(&self, name: &str, kind: Kind, contains: Contains) -> Result<MetricId, String> {
        if !is_valid(name) {
            return Err(format!(
                "invalid metric name: '{name}'; names have 2 to {MAX_NAME_BYTES} characters: ASCII letters, digits and underscores, not starting with a digit"
            ));
        }
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = names.by_name.get(name) {
            let def = &names.defs[id.0 as usize];
            if def.kind != kind || (kind == Kind::Trend && def.contains != contains) {
                return Err(format!(
                    "metric '{name}' already exists but with type {} ({})",
                    def.kind.as_str(),
                    def.contains.as_str()
                ));
            }
            return Ok(*id);
        }
        if names.defs.len() >= MAX_METRICS {
            return Err(format!("more than {MAX_METRICS} metrics"));
        }
        Ok(names.add(name, kind, contains))
    }

    /// The id of a name.
    pub(crate) fn find(&self, name: &str) -> Option<MetricId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_name.get(name).copied()
    }

    /// What is known of a metric of this registry.
    pub(crate) fn def(&self, id: MetricId) -> MetricDef {
        self.0.read().unwrap_or_else(PoisonError::into_inner).defs[id.0 as usize].clone()
    }
}

impl Names {
    fn add(&mut self, name: &str, kind: Kind, contains: Contains) -> MetricId {
        let id = MetricId(u32::try_from(self.defs.len()).unwrap_or(u32::MAX));
        self.defs.push(MetricDef { name: name.to_owned(), kind, contains });
        self.by_name.insert(name.to_owned(), id);
        id
    }
}

fn is_valid(name: &str) -> bool {
    let rest_ok = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (2..=MAX_NAME_BYTES).contains(&name.len()) && rest_ok && !name.as_bytes()[0].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_ids_are_their_positions() {
        let registry = Registry::with_builtin();
        assert_eq!(registry.find("http_req_receiving"), Some(Builtin::HttpReqReceiving.into()));
        assert_eq!(registry.def(Builtin::HttpReqTls.into()).name, "http_req_tls_handshaking");
    }

    #[test]
    fn names_and_kinds_are_checked() {
        let registry = Registry::with_builtin();
        let declare = |name: &str, kind| registry.declare(name, kind, Contains::Default).is_ok();
        assert!(declare("xy", Kind::Counter) && declare("xy", Kind::Counter) && !declare("xy", Kind::Gauge));
        assert!(declare("http_reqs", Kind::Counter) && !declare("http_reqs", Kind::Trend));
        for bad in ["", "x", "1st", "with-dash", "ü1", &"a".repeat(130)] {
            assert!(!declare(bad, Kind::Counter), "{bad}");
        }
        assert!(declare(&"a".repeat(129), Kind::Counter));
    }
}
