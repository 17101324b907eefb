// Who calls whom.
import { useMemo } from "react";
import { nameColor } from "../../charts/colors/palette";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { useDark } from "../../ui/hooks/useDark";
import { digits } from "../field/unitForms";
import { graphOf } from "./compute/graph";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const COLUMN_PX = 220;
const ROW_PX = 64;

export function NodeGraphPanel({ frames, width, height }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const graph = useMemo(() => graphOf(frames), [frames]);
  if (graph.nodes.length === 0) return <NoData />;
  const columns = Math.max(...graph.nodes.map((one) => one.x)) + 1;
  const rows = Math.max(...graph.nodes.map((one) => one.y)) + 1;
  const box = { w: Math.max(width, columns * COLUMN_PX), h: Math.max(height - 4, rows * ROW_PX) };
  const at = new Map(
    graph.nodes.map((one) => {
      const inColumn = graph.nodes.filter((other) => other.x === one.x).length;
      return [one.id, { x: ((one.x + 0.5) / columns) * box.w, y: ((one.y + 0.5) / inColumn) * box.h }];
    }),
  );
  return (
    <div className={styles.graph} data-testid="node-graph">
      <svg
        width={box.w}
        height={box.h}
        role="img"
        aria-label={`${graph.nodes.length} nodes, ${graph.edges.length} edges`}
      >
        {graph.edges.map((one) => {
          const from = at.get(one.from);
          const to = at.get(one.to);
          if (from === undefined || to === undefined) return null;
          const middle = (from.x + to.x) / 2;
          return (
            <path
              key={`${one.from} ${one.to}`}
              d={`M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`}
              fill="none"
              stroke="var(--line)"
              strokeWidth={1.5}
            >
              <title>{`${one.from} to ${one.to}${one.main === undefined ? "" : `: ${digits(one.main, undefined)}`}`}</title>
            </path>
          );
        })}
        {graph.nodes.map((one) => {
          const place = at.get(one.id);
          if (place === undefined) return null;
          return (
            <g key={one.id} transform={`translate(${place.x} ${place.y})`}>
              <circle r={13} fill="var(--surface)" stroke={nameColor(one.title, dark, hues)} strokeWidth={3} />
              <text y={28} textAnchor="middle" fontSize={11} fill="var(--text)">
                {one.title.length > 28 ? `${one.title.slice(0, 27)}…` : one.title}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
