// Big numbers, each with its name and a small line of how it came to be.
import { record, text } from "../../api/decode";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { useDark } from "../../ui/useDark";
import { shownText } from "../field/show";
import { type Change, percentChange } from "./compute/change";
import { type Reduced, reduceFrames } from "./compute/reduced";
import { sparkArea } from "./compute/spark";
import { filledLinks } from "./links/dataLinks";
import { LinkedBox } from "./links/LinkedBox";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

/** Cells side by side or under each other, whatever keeps them closest to twice as wide as high. */
export function gridOf(
  count: number,
  width: number,
  height: number,
  orientation: string,
): { columns: number; rows: number } {
  if (orientation === "horizontal") return { columns: 1, rows: count };
  if (orientation === "vertical") return { columns: count, rows: 1 };
  let best = { columns: 1, rows: count };
  let badness = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const ratio = width / columns / (height / rows);
    const off = Math.abs(Math.log(ratio / 2)) + (rows * columns - count) * 0.05;
    if (off < badness) {
      badness = off;
      best = { columns, rows };
    }
  }
  return best;
}

export function StatPanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const all = reduceFrames(frames, panel.options, dark, hues);
  if (all.length === 0) {
    const words = panel.defaults.noValue;
    if (words === undefined) return <NoData />;
    return (
      <div className={styles.cells}>
        <div className={styles.stat} data-testid="stat">
          <div className={styles.statValue} style={{ fontSize: Math.min(48, height * 0.45), color: "var(--muted)" }}>
            {words}
          </div>
        </div>
      </div>
    );
  }
  const orientation = text(panel.options.orientation, "auto");
  const { columns, rows } = gridOf(all.length, width, height, orientation);
  const cell = { width: width / columns, height: height / rows };
  const mode = text(panel.options.textMode, "auto");
  const named = mode === "name" || mode === "value_and_name" || (mode === "auto" && all.length > 1);
  return (
    <div className={styles.cells} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {all.map((one) => (
        <LinkedBox key={one.key} links={filledLinks(one, lookup)}>
          <Stat
            one={one}
            {...cell}
            named={named}
            valued={mode !== "name" && mode !== "none"}
            colorMode={text(panel.options.colorMode, "value")}
            graph={panel.options.graphMode === "area" || panel.options.graphMode === "line"}
            size={record(panel.options.text)}
            change={
              panel.options.showPercentChange === true
                ? percentChange(one.history, text(panel.options.percentChangeColorMode, "standard"))
                : undefined
            }
          />
        </LinkedBox>
      ))}
    </div>
  );
}

interface StatProps {
  one: Reduced;
  width: number;
  height: number;
  named: boolean;
  valued: boolean;
  colorMode: string;
  graph: boolean;
  size: Readonly<Record<string, unknown>>;
  change: Change | undefined;
}

function Stat({ one, width, height, named, valued, colorMode, graph, size, change }: StatProps) {
  const color = one.shown.color ?? one.color;
  const filled = colorMode.startsWith("background");
  const words = shownText(one.shown);
  const nameRoom = named ? Math.min(22, height * 0.3) : 0;
  const usual = Math.min(
    (height - nameRoom) * (graph ? 0.44 : 0.5),
    (width - 28) / Math.max(2, words.length * 0.62),
    52,
  );
  const px = typeof size.valueSize === "number" ? Math.min(size.valueSize, height) : Math.max(11, usual);
  const showGraph = graph && height > 70 && one.history.filter((value) => value !== null).length > 1;
  const textColor = filled ? "#0f1115" : colorMode === "none" || color === "transparent" ? "var(--text)" : color;
  return (
    <div
      className={styles.stat}
      style={{
        ...(filled ? { background: color, color: textColor } : {}),
        paddingBottom: showGraph ? Math.round(height * 0.26) : 0,
      }}
      data-testid="stat"
    >
      {showGraph && (
        <svg className={styles.statGraph} viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
          <path d={sparkArea(one.history, 100, 30)} fill={filled ? "#0f1115" : color} opacity={0.16} />
          <path
            d={sparkArea(one.history, 100, 30, false)}
            fill="none"
            stroke={filled ? "#0f1115" : color}
            strokeWidth={1.2}
            vectorEffect="non-scaling-stroke"
            opacity={0.75}
          />
        </svg>
      )}
      {named && (
        <div className={styles.statName} title={one.name}>
          {one.name}
        </div>
      )}
      {valued && (
        <div className={styles.statValue} style={{ fontSize: px, color: textColor }}>
          {one.shown.prefix}
          {one.shown.text}
          <span style={{ fontSize: Math.max(10, px * 0.6) }}>{one.shown.suffix}</span>
        </div>
      )}
      {valued && change !== undefined && (
        <div
          className={styles.statName}
          style={{ color: filled || change.tone === "" ? "inherit" : `var(--${change.tone}-text)` }}
          data-testid="stat-change"
        >
          {change.text}
        </div>
      )}
    </div>
  );
}
