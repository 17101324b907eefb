// Arcs from the lowest to the highest value, coloured by thresholds.
import { text } from "../../api/decode";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { useDark } from "../../ui/useDark";
import { cssColor } from "../field/colors";
import { shownText, thresholdsOf } from "../field/show";
import { type Reduced, reduceFrames } from "./compute/reduced";
import { filledLinks } from "./links/dataLinks";
import { LinkedBox } from "./links/LinkedBox";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";
import { gridOf } from "./StatPanel";

const START = 150;
const SWEEP = 240;

function point(degrees: number, radius: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [100 + radius * Math.cos(radians), 100 + radius * Math.sin(radians)];
}

function arc(from: number, to: number, radius: number): string {
  const [x1, y1] = point(START + from * SWEEP, radius);
  const [x2, y2] = point(START + to * SWEEP, radius);
  const large = (to - from) * SWEEP > 180 ? 1 : 0;
  return `M${x1.toFixed(2)} ${y1.toFixed(2)}A${radius} ${radius} 0 ${large} 1 ${x2.toFixed(2)} ${y2.toFixed(2)}`;
}

export function GaugePanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const all = reduceFrames(frames, panel.options, dark, hues);
  if (all.length === 0) return <NoData />;
  const { columns, rows } = gridOf(all.length, width * 1.6, height, text(panel.options.orientation, "auto"));
  const markers = panel.options.showThresholdMarkers !== false;
  return (
    <div className={styles.cells} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {all.map((one) => (
        <LinkedBox key={one.key} links={filledLinks(one, lookup)}>
          <Gauge one={one} dark={dark} markers={markers} named={all.length > 1} height={height / rows} />
        </LinkedBox>
      ))}
    </div>
  );
}

interface GaugeProps {
  one: Reduced;
  dark: boolean;
  markers: boolean;
  named: boolean;
  height: number;
}

function Gauge({ one, dark, markers, named, height }: GaugeProps) {
  const { min, max } = one.bounds;
  const share = (value: number) => Math.max(0, Math.min(1, (value - min) / (max - min)));
  const value = typeof one.value === "number" && Number.isFinite(one.value) ? one.value : undefined;
  const { steps, mode } = thresholdsOf(one.config);
  const at = (step: number) =>
    Number.isFinite(step) ? (mode === "percentage" ? Math.max(0, Math.min(1, step / 100)) : share(step)) : 0;
  const words = shownText(one.shown);
  const size = Math.min(34, 190 / Math.max(4, words.length));
  return (
    <div className={styles.gauge} data-testid="gauge">
      <svg
        viewBox="0 0 200 166"
        style={{ height: named ? height - 22 : height }}
        role="img"
        aria-label={`${one.name}: ${words}`}
      >
        <path d={arc(0, 1, 78)} fill="none" stroke="var(--raised)" strokeWidth={20} />
        {value !== undefined && share(value) > 0 && (
          <path d={arc(0, share(value), 78)} fill="none" stroke={one.shown.color ?? one.color} strokeWidth={20} />
        )}
        {markers &&
          steps.map((step, index) => {
            const from = at(step.value);
            const to = at(steps[index + 1]?.value ?? max);
            const end = steps[index + 1] === undefined ? 1 : to;
            if (end <= from) return null;
            return (
              <path
                key={`${step.value}`}
                d={arc(from, end, 92)}
                fill="none"
                stroke={cssColor(step.color, dark) ?? "transparent"}
                strokeWidth={4}
              />
            );
          })}
        <text
          x={100}
          y={112}
          textAnchor="middle"
          fontSize={size}
          fontWeight={600}
          fill={one.shown.color ?? "var(--text)"}
        >
          {words}
        </text>
      </svg>
      {named && (
        <div className={styles.gaugeName} title={one.name}>
          {one.name}
        </div>
      )}
    </div>
  );
}
