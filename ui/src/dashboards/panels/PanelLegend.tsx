// A panel's legend: names, or a table of names and reductions. Click isolates a series, mod+click toggles it.
import { type MouseEvent, useMemo, useState } from "react";
import { reducerLabel, reduceValues } from "../data/reducers";
import { formatValue } from "../field/units";
import type { LegendPlace } from "./compute/legend";
import type { PanelSeries } from "./compute/series";
import styles from "./panels.module.css";

interface Props {
  place: LegendPlace;
  series: readonly PanelSeries[];
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
  onPoint: (name: string | undefined) => void;
}

/** Rows beyond this are not in the page: the chart's tooltip has them. */
const MOST_ROWS = 200;

export function PanelLegend({ place, series, hidden, onHide, onPoint }: Props) {
  const [sort, setSort] = useState<{ by: string; down: boolean }>();
  const visible = series.filter(
    (one) => (one.config.custom.hideFrom as { legend?: boolean } | undefined)?.legend !== true,
  );
  const rows = useMemo(() => {
    const all = visible.map((one) => ({ one, calcs: place.calcs.map((id) => reduceValues(one.values, id)) }));
    if (sort === undefined) return all;
    const index = place.calcs.indexOf(sort.by);
    const sign = sort.down ? -1 : 1;
    return all.sort((a, b) =>
      index < 0
        ? sign * a.one.name.localeCompare(b.one.name)
        : sign * (Number(a.calcs[index] ?? 0) - Number(b.calcs[index] ?? 0)),
    );
  }, [visible, place.calcs, sort]);
  const click = (event: MouseEvent, name: string) => {
    if (event.metaKey || event.ctrlKey) {
      const next = new Set(hidden);
      if (!next.delete(name)) next.add(name);
      onHide(next);
      return;
    }
    const others = series.filter((one) => one.name !== name).map((one) => one.name);
    const isAlone = !hidden.has(name) && others.every((one) => hidden.has(one));
    onHide(new Set(isAlone ? [] : others));
  };
  const show = (value: unknown, one: PanelSeries) =>
    typeof value === "number"
      ? formatValue(value, one.config.unit, one.config.decimals)
      : value === null
        ? "–"
        : String(value);
  const size = place.side === "right" ? { width: place.px } : { height: place.px };
  const entry = (one: PanelSeries) => ({
    type: "button" as const,
    className: styles.legendName,
    "data-off": hidden.has(one.name),
    title: one.name,
    onClick: (event: MouseEvent) => click(event, one.name),
    onMouseEnter: () => onPoint(one.name),
    onMouseLeave: () => onPoint(undefined),
  });
  if (place.mode === "table") {
    const by = (id: string) => setSort({ by: id, down: sort?.by === id ? !sort.down : id !== "name" });
    return (
      <div className={styles.legendTable} style={size} data-testid="panel-legend">
        <table>
          <thead>
            <tr>
              <th>
                <button type="button" onClick={() => by("name")}>
                  Name
                </button>
              </th>
              {place.calcs.map((id) => (
                <th key={id}>
                  <button type="button" onClick={() => by(id)}>
                    {reducerLabel(id)}
                    {sort?.by === id ? (sort.down ? " ↓" : " ↑") : ""}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map(({ one, calcs }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
              <tr key={`${one.name} ${index}`}>
                <td>
                  <button {...entry(one)}>
                    <span className={styles.swatch} style={{ background: one.color }} />
                    <span className={styles.clip}>{one.name}</span>
                  </button>
                </td>
                {calcs.map((value, at) => (
                  <td key={place.calcs[at]}>{show(value, one)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  return (
    <div className={styles.legendList} style={size} data-testid="panel-legend">
      {rows.slice(0, MOST_ROWS).map(({ one, calcs }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
        <button key={`${one.name} ${index}`} {...entry(one)}>
          <span className={styles.swatch} style={{ background: one.color }} />
          <span className={styles.clip}>{one.name}</span>
          {calcs.map((value, at) => (
            <span key={place.calcs[at]} className={styles.legendCalc}>
              {reducerLabel(place.calcs[at] ?? "")}: {show(value, one)}
            </span>
          ))}
        </button>
      ))}
    </div>
  );
}
