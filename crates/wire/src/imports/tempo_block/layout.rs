//! Which columns say what: the paths of both formats, which differ only in how lists are wrapped and in which attributes
//! have columns of their own.
//!
//! Walk: `../tempo_block.rs` opens a file -> here -> `spans.rs` reads by it. Invariant: the lists are nested as drawn there,
//! so the level of a list is the number of lists around and with it.

use super::Dedicated;
use super::columns::{Columns, Count, Group, Leaf, Shape};
use crate::WireError;
use parquet::basic::Type;
use std::collections::HashMap;
use std::sync::Arc;

/// Attributes that vParquet4 keeps in columns of its own: group, column, key.
const WELL_KNOWN: [(&str, &str, &str, Type); 11] = [
    (RESOURCE, "Cluster", "cluster", Type::BYTE_ARRAY),
    (RESOURCE, "Namespace", "namespace", Type::BYTE_ARRAY),
    (RESOURCE, "Pod", "pod", Type::BYTE_ARRAY),
    (RESOURCE, "Container", "container", Type::BYTE_ARRAY),
    (RESOURCE, "K8sClusterName", "k8s.cluster.name", Type::BYTE_ARRAY),
    (RESOURCE, "K8sNamespaceName", "k8s.namespace.name", Type::BYTE_ARRAY),
    (RESOURCE, "K8sPodName", "k8s.pod.name", Type::BYTE_ARRAY),
    (RESOURCE, "K8sContainerName", "k8s.container.name", Type::BYTE_ARRAY),
    (SPANS, "HttpMethod", "http.method", Type::BYTE_ARRAY),
    (SPANS, "HttpUrl", "http.url", Type::BYTE_ARRAY),
    (SPANS, "HttpStatusCode", "http.status_code", Type::INT64),
];

const RESOURCE: &str = "rs.Resource";
const SCOPE: &str = "rs.ss.Scope";
const SPANS: &str = "rs.ss.Spans";
const EVENTS: &str = "rs.ss.Spans.Events";
const LINKS: &str = "rs.ss.Spans.Links";

/// Attributes of one scope.
pub(super) struct AttributeLeaves {
    pub(super) list: Group,
    pub(super) key: Leaf,
    pub(super) is_array: Option<Leaf>,
    pub(super) text: Option<Leaf>,
    pub(super) int: Option<Leaf>,
    pub(super) double: Option<Leaf>,
    pub(super) bool: Option<Leaf>,
    /// What is none of these, as JSON.
    pub(super) other: Option<Leaf>,
    /// Keys that have a column of their own.
    pub(super) own: Vec<(Arc<str>, Leaf, Type)>,
}

/// Where everything is.
pub(super) struct Layout {
    pub(super) trace_id: Leaf,
    pub(super) resources: Group,
    pub(super) resource: ResourceLeaves,
    pub(super) scopes: Group,
    pub(super) scope: ScopeLeaves,
    pub(super) spans: Group,
    pub(super) span: SpanLeaves,
    pub(super) events: Group,
    pub(super) event: EventLeaves,
    pub(super) links: Group,
    pub(super) link: LinkLeaves,
}

pub(super) struct ResourceLeaves {
    pub(super) service: Option<Leaf>,
    pub(super) attributes: AttributeLeaves,
    pub(super) dropped: Option<Leaf>,
}

pub(super) struct ScopeLeaves {
    pub(super) name: Option<Leaf>,
    pub(super) version: Option<Leaf>,
    pub(super) attributes: AttributeLeaves,
    pub(super) dropped: Option<Leaf>,
}

pub(super) struct SpanLeaves {
    pub(super) id: Leaf,
    pub(super) parent: Leaf,
    pub(super) name: Leaf,
    pub(super) kind: Option<Leaf>,
    pub(super) trace_state: Option<Leaf>,
    pub(super) start: Leaf,
    pub(super) duration: Leaf,
    pub(super) status: Option<Leaf>,
    pub(super) status_message: Option<Leaf>,
    pub(super) attributes: AttributeLeaves,
    /// Attributes, events, links.
    pub(super) dropped: [Option<Leaf>; 3],
}

pub(super) struct EventLeaves {
    pub(super) since_start: Leaf,
    pub(super) name: Option<Leaf>,
    pub(super) attributes: AttributeLeaves,
    pub(super) dropped: Option<Leaf>,
}

pub(super) struct LinkLeaves {
    pub(super) trace_id: Leaf,
    pub(super) span_id: Leaf,
    pub(super) trace_state: Option<Leaf>,
    pub(super) attributes: AttributeLeaves,
    pub(super) dropped: Option<Leaf>,
}

impl Layout {
    /// Asks for the columns.
    pub(super) fn find(columns: &mut Columns, dedicated: &[Dedicated]) -> Result<Self, WireError> {
        let mut finder = Finder { columns, dedicated };
        let trace_id = finder.columns.need("TraceID", one(Type::BYTE_ARRAY, 0))?;
        let resource = ResourceLeaves {
            service: finder.one(RESOURCE, "ServiceName", Type::BYTE_ARRAY, 1)?,
            attributes: finder.attributes(RESOURCE, "resource", 1)?,
            dropped: finder.one(RESOURCE, "DroppedAttributesCount", Type::INT32, 1)?,
        };
        let scope = ScopeLeaves {
            name: finder.one(SCOPE, "Name", Type::BYTE_ARRAY, 2)?,
            version: finder.one(SCOPE, "Version", Type::BYTE_ARRAY, 2)?,
            attributes: finder.attributes(SCOPE, "instrumentation", 2)?,
            dropped: finder.one(SCOPE, "DroppedAttributesCount", Type::INT32, 2)?,
        };
        let (span, event, link) = (finder.span()?, finder.event()?, finder.link()?);
        let lists = |path: &str, level: i16| finder.columns.group(path, level);
        Ok(Layout {
            trace_id,
            resources: lists("rs", 1),
            resource,
            scopes: lists("rs.ss", 2),
            scope,
            spans: lists(SPANS, 3),
            span,
            events: lists(EVENTS, 4),
            event,
            links: lists(LINKS, 4),
            link,
        })
    }
}

struct Finder<'a> {
    columns: &'a mut Columns,
    dedicated: &'a [Dedicated],
}

impl Finder<'_> {
    fn one(&mut self, group: &str, name: &str, kind: Type, level: i16) -> Result<Option<Leaf>, WireError> {
        self.columns.find(&format!("{group}.{name}"), one(kind, level))
    }

    fn any(&mut self, group: &str, name: &str, kind: Type, level: i16) -> Result<Option<Leaf>, WireError> {
        self.columns.find(&format!("{group}.{name}"), any(kind, level))
    }

    fn need(&mut self, group: &str, name: &str, kind: Type, level: i16) -> Result<Leaf, WireError> {
        self.columns.need(&format!("{group}.{name}"), one(kind, level))
    }

    fn span(&mut self) -> Result<SpanLeaves, WireError> {
        Ok(SpanLeaves {
            id: self.need(SPANS, "SpanID", Type::BYTE_ARRAY, 3)?,
            parent: self.need(SPANS, "ParentSpanID", Type::BYTE_ARRAY, 3)?,
            name: self.need(SPANS, "Name", Type::BYTE_ARRAY, 3)?,
            kind: self.one(SPANS, "Kind", Type::INT64, 3)?,
            trace_state: self.one(SPANS, "TraceState", Type::BYTE_ARRAY, 3)?,
            start: self.need(SPANS, "StartTimeUnixNano", Type::INT64, 3)?,
            duration: self.need(SPANS, "DurationNano", Type::INT64, 3)?,
            status: self.one(SPANS, "StatusCode", Type::INT64, 3)?,
            status_message: self.one(SPANS, "StatusMessage", Type::BYTE_ARRAY, 3)?,
            attributes: self.attributes(SPANS, "span", 3)?,
            dropped: [
                self.one(SPANS, "DroppedAttributesCount", Type::INT32, 3)?,
                self.one(SPANS, "DroppedEventsCount", Type::INT32, 3)?,
                self.one(SPANS, "DroppedLinksCount", Type::INT32, 3)?,
            ],
        })
    }

    fn event(&mut self) -> Result<EventLeaves, WireError> {
        Ok(EventLeaves {
            since_start: self.need(EVENTS, "TimeSinceStartNano", Type::INT64, 4)?,
            name: self.one(EVENTS, "Name", Type::BYTE_ARRAY, 4)?,
            attributes: self.attributes(EVENTS, "event", 4)?,
            dropped: self.one(EVENTS, "DroppedAttributesCount", Type::INT32, 4)?,
        })
    }

    fn link(&mut self) -> Result<LinkLeaves, WireError> {
        Ok(LinkLeaves {
            trace_id: self.need(LINKS, "TraceID", Type::BYTE_ARRAY, 4)?,
            span_id: self.need(LINKS, "SpanID", Type::BYTE_ARRAY, 4)?,
            trace_state: self.one(LINKS, "TraceState", Type::BYTE_ARRAY, 4)?,
            attributes: self.attributes(LINKS, "link", 4)?,
            dropped: self.one(LINKS, "DroppedAttributesCount", Type::INT32, 4)?,
        })
    }

    fn attributes(&mut self, group: &str, scope: &str, level: i16) -> Result<AttributeLeaves, WireError> {
        let (path, inside) = (format!("{group}.Attrs"), level + 1);
        Ok(AttributeLeaves {
            key: self.need(&path, "Key", Type::BYTE_ARRAY, inside)?,
            is_array: self.one(&path, "IsArray", Type::BOOLEAN, inside)?,
            text: self.any(&path, "Value", Type::BYTE_ARRAY, inside)?,
            int: self.any(&path, "ValueInt", Type::INT64, inside)?,
            double: self.any(&path, "ValueDouble", Type::DOUBLE, inside)?,
            bool: self.any(&path, "ValueBool", Type::BOOLEAN, inside)?,
            other: self.any(&path, "ValueUnsupported", Type::BYTE_ARRAY, inside)?,
            list: self.columns.group(&path, inside),
            own: self.own(group, scope, level)?,
        })
    }

    /// Attributes with a column of their own: well-known ones, and those that the block's `meta.json` lists.
    fn own(
        &mut self,
        group: &str,
        scope: &str,
        level: i16,
    ) -> Result<Vec<(Arc<str>, Leaf, Type)>, WireError> {
        let mut own = Vec::new();
        for (_, column, key, kind) in WELL_KNOWN.iter().filter(|known| known.0 == group) {
            if let Some(leaf) = self.any(group, column, *kind, level)? {
                own.push((Arc::from(*key), leaf, *kind));
            }
        }
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        for dedicated in self.dedicated.iter().filter(|dedicated| dedicated.scope == scope) {
            let (prefix, kind) = match dedicated.kind.as_str() {
                "int" => ("Int", Type::INT64),
                _ => ("String", Type::BYTE_ARRAY),
            };
            let number = numbers.entry(prefix).or_default();
            *number += 1;
            let column = format!("DedicatedAttributes.{prefix}{number:02}");
            if let Some(leaf) = self.any(group, &column, kind, level)? {
                own.push((Arc::from(&*dedicated.name), leaf, kind));
            }
        }
        Ok(own)
    }
}

fn one(kind: Type, level: i16) -> Shape {
    Shape { kind, level, values: Count::One }
}

fn any(kind: Type, level: i16) -> Shape {
    Shape { kind, level, values: Count::Any }
}
