// What state each thing was in, and when.
import { useMemo } from "react";
import { record } from "../../api/decode";
import { clockText } from "../../charts/axes/axes";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { absolute } from "../../time/range";
import { useDark } from "../../ui/useDark";
import { lanesOf } from "./compute/states";
import { filledLinks } from "./links/dataLinks";
import { LinkedBox } from "./links/LinkedBox";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const AXIS_PX = 22;
const LEAST_LANE_PX = 16;

/** Values are written where they have room, unless they are asked for always or never. */
function isTold(asked: unknown, hasRoom: boolean): boolean {
  return asked === "always" || (hasRoom && asked !== "never");
}

export function StateTimelinePanel({ panel, frames, range, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const merge = panel.type === "state-timeline" && panel.options.mergeValues !== false;
  const lanes = useMemo(() => lanesOf(frames, merge, dark, hues), [frames, merge, dark, hues]);
  if (lanes.every((one) => one.runs.length === 0)) return <NoData />;
  const names = Math.min(width * 0.3, 20 + lanes.reduce((most, one) => Math.max(most, one.name.length), 0) * 6.6);
  const plot = width - names - 8;
  const lane = Math.max(LEAST_LANE_PX, (height - AXIS_PX) / lanes.length);
  const rowHeight = typeof panel.options.rowHeight === "number" ? panel.options.rowHeight : 0.9;
  const legend = record(panel.options.legend).showLegend !== false;
  const x = (at: number) => Math.max(0, Math.min(plot, ((at - range.from) / (range.to - range.from)) * plot));
  const ticks = Math.max(2, Math.floor(plot / 100));
  const seconds = (range.to - range.from) / 1_000;
  return (
    <div className={styles.states} style={{ height }} data-testid="state-timeline" data-legend={legend}>
      {lanes.map((one, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
        <div key={`${one.name} ${row}`} className={styles.lane} style={{ height: lane }}>
          <span className={styles.laneName} style={{ width: names }} title={one.name}>
            {one.name}
          </span>
          <span className={styles.laneRuns} style={{ width: plot }}>
            {one.runs.map((run) => {
              const left = x(run.from);
              const size = x(run.to) - left;
              if (size <= 0) return null;
              const { words } = run;
              return (
                <span
                  key={run.from}
                  className={styles.run}
                  style={{ left, width: Math.max(1, size), height: `${rowHeight * 100}%`, background: run.color }}
                  title={`${words}\n${absolute(run.from)} to ${absolute(run.to)}`}
                >
                  <LinkedBox links={filledLinks(run, lookup)}>
                    <span>{isTold(panel.options.showValue, size > words.length * 7 + 8) ? words : ""}</span>
                  </LinkedBox>
                </span>
              );
            })}
          </span>
        </div>
      ))}
      <div className={styles.lane} style={{ height: AXIS_PX }}>
        {Array.from({ length: ticks }, (_, index) => {
          const part = (index + 0.5) / ticks;
          return (
            <span key={part} className={styles.heatTime} style={{ left: names + part * plot }}>
              {clockText(
                (range.from + part * (range.to - range.from)) / 1_000,
                seconds < 600 ? 1 : seconds > 172_800 ? 86_400 : 60,
              )}
            </span>
          );
        })}
      </div>
    </div>
  );
}
