// Log lines on a dashboard: in their order, whole or by some of their fields, with details beneath or beside them.
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type UIEvent, useMemo, useRef, useState } from "react";
import { serviceOf } from "../../../logs/entry";
import type { Field } from "../../../logs/fields";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import { LineSide } from "./LineSide";
import { LogControls } from "./LogControls";
import { LogLine } from "./LogLine";
import { linesOf, type PanelLine } from "./logLines";
import { commonLabels, type LogLook, labelsText, logLook } from "./logLook";
import styles from "./logs.module.css";
import { useOlder } from "./useOlder";

const ROW_PX = 20;
const SMALL_ROW_PX = 17;
/** Older lines are asked for when so few pixels are left. */
const NEAR_END_PX = 200;

export function LogsPanel({ panel, frames, queries, lookup }: PanelProps) {
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string>();
  const [changed, setChanged] = useState<Partial<LogLook>>({});
  const look = useMemo(() => ({ ...logLook(panel.options), ...changed }), [panel.options, changed]);
  const older = useOlder(frames, queries ?? []);
  const lines = useMemo(() => linesOf(frames, older.entries, look), [frames, older.entries, look]);
  const entries = useMemo(() => lines.map((one) => one.entry), [lines]);
  const common = useMemo(() => commonLabels(entries), [entries]);
  const services = useMemo(
    () => !look.labels && look.fields.length === 0 && new Set(entries.map(serviceOf)).size > 1,
    [entries, look.labels, look.fields],
  );
  const rowPx = look.small ? SMALL_ROW_PX : ROW_PX;
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => lines[index]?.entry.key ?? index,
    overscan: 12,
  });
  if (lines.length === 0) return <NoData />;

  const explore = (field: Field) => {
    const q = [`{${field.name}=${JSON.stringify(field.value)}}`];
    void navigate({
      to: "/explore",
      search: (old) => ({ from: old.from, to: old.to, tenant: old.tenant, signal: "logs", q }),
    });
  };
  const toggle = ({ entry }: PanelLine) => {
    if (!look.details) return;
    if (look.sidebar) return setChosen(chosen === entry.key ? undefined : entry.key);
    const next = new Set(open);
    if (!next.delete(entry.key)) next.add(entry.key);
    setOpen(next);
  };
  const scrolled = (event: UIEvent) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
    const left = look.oldestFirst ? scrollTop : scrollHeight - clientHeight - scrollTop;
    if (look.endless && left < NEAR_END_PX) older.ask();
  };
  const beside = look.sidebar ? lines.find((one) => one.entry.key === chosen) : undefined;
  const shared = labelsText(common);
  return (
    <div className={styles.panel}>
      <div className={styles.main}>
        {look.common && shared !== "" && (
          <div className={styles.common} title={shared} data-testid="common-labels">
            Of all lines: {shared}
          </div>
        )}
        <div
          className={styles.scroller}
          ref={scroller}
          data-wrap={look.wrap}
          data-small={look.small}
          data-testid="panel-logs"
          onScroll={scrolled}
        >
          <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map((item) => {
              const line = lines[item.index];
              if (line === undefined) return null;
              return (
                <div
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className={styles.slot}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <LogLine
                    line={line}
                    look={look}
                    common={common}
                    service={services ? serviceOf(line.entry) : undefined}
                    open={open.has(line.entry.key)}
                    selected={chosen === line.entry.key}
                    lookup={lookup}
                    onToggle={() => toggle(line)}
                    onFilter={explore}
                  />
                </div>
              );
            })}
          </div>
          {look.endless && <div className={styles.end}>{older.words}</div>}
        </div>
      </div>
      {beside !== undefined && (
        <LineSide line={beside} lookup={lookup} onFilter={explore} onClose={() => setChosen(undefined)} />
      )}
      {look.controls && (
        <LogControls
          look={look}
          entries={entries}
          onChange={(part) => setChanged({ ...changed, ...part })}
          onEnd={(end) => virtual.scrollToIndex(end === "first" ? 0 : lines.length - 1)}
        />
      )}
    </div>
  );
}
