// The selected span: facts, attributes that can be filtered, events, links, resource, and the lines written within it.
import { useState } from "react";
import { addNanos, compareNanos, millis } from "../../api/loki/nanos";
import type { RawEntry } from "../../api/loki/query";
import type { Attribute, Span, Trace } from "../../api/tempo/trace";
import { useExplore } from "../../explore/useExplore";
import { duration } from "../../format/number";
import { absolute } from "../../time/range";
import { CopyIcon } from "../../ui/copy/CopyIcon";
import { IconButton } from "../../ui/IconButton";
import { Toggle } from "../../ui/Toggle";
import { serviceMetrics, withCondition } from "../query";
import styles from "../traces.module.css";

interface Props {
  span: Span;
  trace: Trace;
  traceId: string;
  lines: readonly RawEntry[];
  onClose: () => void;
}

export function SpanDrawer({ span, trace, traceId, lines, onClose }: Props) {
  const explore = useExplore();
  const [filter, setFilter] = useState("");
  const find = (scope: "span" | "resource") => (one: Attribute) =>
    explore.run([withCondition("{}", `${scope}.${quoteKey(one.key)} = ${literal(one.value)}`)]);
  const own = linesOf(lines, span, trace.startNs);
  return (
    <aside className={styles.drawer} aria-label="Span" data-testid="span-drawer">
      <div className={styles.drawerHead}>
        <strong>{span.name}</strong>
        <CopyIcon label="Copy a link to this span" icon="link" text={location.href} size={24} />
        <IconButton icon="close" label="Close" size={24} onClick={onClose} />
      </div>
      <dl className={styles.factTable}>
        <dt>Service</dt>
        <dd>{span.resource.service}</dd>
        <dt>Duration</dt>
        <dd>
          {duration(span.length)}, starts after {duration(span.start)}
        </dd>
        <dt>Kind</dt>
        <dd>{span.kind}</dd>
        {span.isError && (
          <>
            <dt>Status</dt>
            <dd className={styles.error}>error{span.statusMessage !== "" && `: ${span.statusMessage}`}</dd>
          </>
        )}
        {span.scope !== "" && (
          <>
            <dt>Scope</dt>
            <dd>{span.scope}</dd>
          </>
        )}
        <dt>Span id</dt>
        <dd className={styles.mono}>
          {span.id} <CopyIcon label="Copy the span id" text={span.id} />
        </dd>
      </dl>
      <div className={styles.hops}>
        <Toggle
          icon="metrics"
          label="Rate and errors of this service"
          onClick={() => explore.beside({ signal: "metrics", q: serviceMetrics(span.resource.service) })}
          testId="span-metrics"
        />
      </div>
      <input
        className={styles.filter}
        placeholder="Filter attributes"
        aria-label="Filter attributes"
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <Attributes title="Attributes" all={span.attributes} filter={filter} onFind={find("span")} />
      {span.events.map((event) => (
        <Attributes
          key={`${event.at} ${event.name}`}
          title={`Event ${event.name}, after ${duration(event.at - span.start)}`}
          all={event.attributes}
          filter={filter}
        />
      ))}
      <Attributes title="Resource" all={span.resource.attributes} filter={filter} onFind={find("resource")} />
      {span.links.map((link) => (
        <button
          type="button"
          key={`${link.traceId} ${link.spanId}`}
          className={styles.link}
          onClick={() => explore.change({ trace: link.traceId, span: link.spanId })}
        >
          Linked span {link.spanId} {link.traceId === traceId ? "in this trace" : `of trace ${link.traceId}`}
        </button>
      ))}
      <div className={styles.section}>{own.length === 0 ? "No log lines of this span" : "Log lines of this span"}</div>
      {own.map((line) => (
        <div key={`${line.ns} ${line.line}`} className={styles.logLine}>
          <span className={styles.muted}>{absolute(millis(line.ns)).slice(11)}</span> {line.line}
        </div>
      ))}
    </aside>
  );
}

interface AttributesProps {
  title: string;
  all: readonly Attribute[];
  filter: string;
  onFind?: (attribute: Attribute) => void;
}

function Attributes({ title, all, filter, onFind }: AttributesProps) {
  const wanted = filter.toLowerCase();
  const shown = all.filter((one) => `${one.key} ${one.value}`.toLowerCase().includes(wanted));
  if (all.length === 0) return null;
  return (
    <>
      <div className={styles.section}>
        {title} {shown.length < all.length && `(${shown.length} of ${all.length})`}
      </div>
      {shown.map((one) => (
        <div key={one.key} className={styles.attribute}>
          <span className={styles.attributeKey}>{one.key}</span>
          <span className={styles.attributeValue}>{one.value}</span>
          <CopyIcon label={`Copy ${one.key}`} text={one.value} />
          {onFind !== undefined && (
            <IconButton
              icon="search"
              size={20}
              label={`Find traces with this ${one.key}`}
              onClick={() => onFind(one)}
            />
          )}
        </div>
      ))}
    </>
  );
}

/** Lines that name this span, or that were written by its service while it ran. */
function linesOf(lines: readonly RawEntry[], span: Span, startNs: string): RawEntry[] {
  const from = addNanos(startNs, Math.floor(span.start));
  const to = addNanos(startNs, Math.ceil(span.start + span.length));
  return lines.filter((line) => {
    const named = line.metadata.span_id ?? line.parsed.span_id ?? line.stream.span_id;
    if (named !== undefined) return named === span.id;
    if ((line.stream.service_name ?? span.resource.service) !== span.resource.service) return false;
    return compareNanos(line.ns, from) >= 0 && compareNanos(line.ns, to) <= 0;
  });
}

function quoteKey(key: string): string {
  return /^[\w./:-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Numbers and booleans stand bare in TraceQL. */
function literal(value: string): string {
  return /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(value) ? value : JSON.stringify(value);
}
