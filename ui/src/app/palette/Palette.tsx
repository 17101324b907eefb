// mod+k: finds pages, recent queries, metrics and services, and goes there.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useMemo, useState } from "react";
import { lokiLabelValues } from "../../api/loki/labels";
import { labelValues } from "../../api/prometheus/labels";
import { searchDashboards } from "../../dashboards/api";
import { recentQueries } from "../../explore/history";
import { useTime } from "../../time/TimeContext";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import styles from "./Palette.module.css";
import { type Entry, findEntries, staticEntries } from "./paletteEntries";

export function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { range } = useTime();
  const [text, setText] = useState("");
  const [selected, setSelected] = useState(0);
  const metrics = useQuery({
    queryKey: ["metric-names"],
    queryFn: ({ signal }) => labelValues("__name__", undefined, signal),
  });
  const services = useQuery({
    queryKey: ["log-services", range],
    queryFn: ({ signal }) => lokiLabelValues("service_name", undefined, range, signal),
  });
  const dashboards = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const found = useMemo(() => {
    const entries: Entry[] = [
      ...staticEntries(),
      ...(dashboards.data ?? []).map(
        (one): Entry => ({ kind: "dashboards", label: one.title, hint: one.folder || "dashboard", uid: one.uid }),
      ),
      ...recentQueries().map(
        (one): Entry => ({ kind: one.signal, label: one.expr, hint: "recent", signal: one.signal, q: one.expr }),
      ),
      ...(services.data ?? []).map(
        (name): Entry => ({
          kind: "logs",
          label: name,
          hint: "service",
          signal: "logs",
          q: `{service_name=${JSON.stringify(name)}}`,
        }),
      ),
      ...(metrics.data ?? []).map(
        (name): Entry => ({ kind: "metrics", label: name, hint: "metric", signal: "metrics", q: name }),
      ),
    ];
    return findEntries(entries, text);
  }, [metrics.data, services.data, dashboards.data, text]);

  const go = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    if (entry.kind === "server") void navigate({ to: "/server", search: (old) => old });
    else if (entry.kind === "drilldown")
      void navigate({
        to: "/drilldown",
        search: ({ from, to, refresh, tenant }) => ({ from, to, refresh, tenant }),
      });
    else if (entry.kind === "home") void navigate({ to: "/", search: (old) => old });
    else if (entry.uid !== undefined) {
      void navigate({ to: "/d/$uid", params: { uid: entry.uid }, search: (old) => ({ tenant: old.tenant }) });
    } else if (entry.kind === "dashboards") {
      void navigate({ to: "/dashboards", search: (old) => ({ from: old.from, to: old.to, tenant: old.tenant }) });
    } else
      void navigate({
        to: "/explore",
        search: (old) => ({
          from: old.from,
          to: old.to,
          refresh: old.refresh,
          tenant: old.tenant,
          signal: entry.signal,
          q: entry.q === undefined ? undefined : [entry.q],
        }),
      });
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      setSelected((selected + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(found[selected]);
    }
  };
  return (
    <Dialog onClose={onClose} withCloseButton={false} padding={0} size={620} yOffset="12vh" aria-label="Palette">
      <input
        className={styles.input}
        placeholder="Pages, metrics, services, recent queries"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setSelected(0);
        }}
        onKeyDown={onKey}
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length > 0 ? `palette-${selected}` : undefined}
      />
      <div className={styles.list} id="palette-list" role="listbox">
        {found.map((entry, index) => (
          <div
            key={`${entry.kind} ${entry.hint} ${entry.label}`}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === selected}
            className={styles.entry}
            onMouseMove={() => setSelected(index)}
            onClick={() => go(entry)}
            onKeyDown={onKey}
          >
            <span style={{ color: `var(--${entry.kind}, var(--muted))`, display: "grid" }}>
              <Icon name={entry.kind} size={16} />
            </span>
            <span className={styles.label}>{entry.label}</span>
            <span className={styles.hint}>{entry.hint}</span>
          </div>
        ))}
        {found.length === 0 && <div className={styles.none}>Nothing here is called that.</div>}
      </div>
    </Dialog>
  );
}
