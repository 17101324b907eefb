// Log lines on a dashboard, the newest or the oldest first.
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { compareNanos } from "../../api/loki/nanos";
import { entryOf, serviceOf, streamKey } from "../../logs/entry";
import type { Field } from "../../logs/fields";
import { DEDUPES, dedupeKey } from "../../logs/lines/dedupe";
import { LineRow } from "../../logs/lines/LineRow";
import { entriesOf } from "../data/lines";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const ROW_PX = 20;

export function LogsPanel({ panel, frames }: PanelProps) {
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const oldestFirst = panel.options.sortOrder === "Ascending";
  const entries = useMemo(() => {
    const raw = frames.flatMap(entriesOf);
    const sign = oldestFirst ? 1 : -1;
    const sorted = [...raw].sort((a, b) => sign * compareNanos(a.ns, b.ns)).map((one, index) => entryOf(one, index));
    const how = DEDUPES.find((one) => one === panel.options.dedupStrategy) ?? "none";
    const keys = sorted.map((one) => `${streamKey(one.stream)}\n${dedupeKey(one.line, how)}`);
    return how === "none" ? sorted : sorted.filter((_, index) => index === 0 || keys[index] !== keys[index - 1]);
  }, [frames, oldestFirst, panel.options.dedupStrategy]);
  const services = useMemo(() => new Set(entries.map(serviceOf)).size > 1, [entries]);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => entries[index]?.key ?? index,
    overscan: 12,
  });
  if (entries.length === 0) return <NoData />;
  const explore = (field: Field) => {
    const q = [`{${field.name}=${JSON.stringify(field.value)}}`];
    void navigate({
      to: "/explore",
      search: (old) => ({ from: old.from, to: old.to, tenant: old.tenant, signal: "logs", q }),
    });
  };
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  return (
    <div
      className={styles.logs}
      ref={scroller}
      data-wrap={panel.options.wrapLogMessage === true}
      data-testid="panel-logs"
    >
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const entry = entries[item.index];
          if (entry === undefined) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              style={{ position: "absolute", left: 0, right: 0, transform: `translateY(${item.start}px)` }}
            >
              <LineRow
                entry={entry}
                open={open.has(entry.key)}
                selected={false}
                service={services ? serviceOf(entry) : undefined}
                marks={NO_MARKS}
                onToggle={() => toggle(entry.key)}
                onFilter={explore}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const NO_MARKS: readonly RegExp[] = [];
