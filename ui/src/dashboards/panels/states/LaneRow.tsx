// One lane of a state timeline: a box a run, with its words where they have room and behind its links.
import { type CSSProperties, memo } from "react";
import type { Range } from "../../../time/range";
import type { Lookup } from "../../variables/interpolate";
import { filledLinks } from "../links/dataLinks";
import { LinkedBox } from "../links/LinkedBox";
import { textEm } from "../single/fit";
import { type Lane, type Run, seenRuns } from "./states";
import styles from "./states.module.css";

interface Props {
  lane: Lane;
  top: number;
  height: number;
  range: Range;
  /** Pixels of the whole range. */
  plot: number;
  /** Part of the lane that is filled. */
  rowHeight: number;
  /** Part of a cell that is filled; undefined: runs touch each other. */
  columnWidth: number | undefined;
  showValue: string;
  align: string;
  lineWidth: number;
  /** The state of the legend under the pointer: others fade. */
  pointed: string | undefined;
  lookup: Lookup;
}

const WORD_PX = 11;
const PAD_PX = 8;

export const LaneRow = memo(function LaneRow(props: Props) {
  const { lane, top, height, range, plot, rowHeight, columnWidth = 1, lineWidth, pointed, lookup } = props;
  const x = (at: number) => Math.max(0, Math.min(plot, ((at - range.from) / (range.to - range.from)) * plot));
  const high = Math.max(2, height * Math.min(1, Math.max(0, rowHeight)));
  return (
    <div className={styles.lane} style={{ top: top + (height - high) / 2, height: high }}>
      {seenRuns(lane.runs, x).map((run) => {
        const from = x(run.from);
        const whole = x(run.to) - from;
        const size = Math.max(1, whole * Math.min(1, Math.max(0, columnWidth)));
        const left = from + (whole - size) / 2;
        const style: CSSProperties & Record<string, string | number> = {
          left,
          width: size,
          "--state": run.color,
          "--line-width": `${Math.max(0, Math.min(10, lineWidth))}px`,
        };
        const words = isTold(props.showValue, run, size, high) && <span>{run.words}</span>;
        return (
          <div
            key={run.from}
            className={styles.run}
            style={style}
            data-align={props.align}
            data-faded={pointed !== undefined && pointed !== run.words}
          >
            {lane.config.links === undefined || lane.config.links.length === 0 ? (
              words
            ) : (
              <LinkedBox links={filledLinks(run, lookup)}>{words || <span />}</LinkedBox>
            )}
          </div>
        );
      })}
    </div>
  );
});

/** Values are written where they have room, unless they are asked for always or never. */
function isTold(asked: string, run: Run, width: number, height: number): boolean {
  if (asked === "always") return true;
  return asked !== "never" && height > WORD_PX && width > textEm(run.words) * WORD_PX + PAD_PX;
}
