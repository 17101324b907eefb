// Events over a panel that draws its own plot: a line for a moment, a band for a while, told by a mark at the foot.
import { useMemo } from "react";
import { placeEvents } from "../../../charts/plugins/events";
import type { Range } from "../../../time/range";
import { useDark } from "../../../ui/hooks/useDark";
import type { Annotation } from "../../annotations/annotation";
import { chartEvents } from "../plot/chartEvents";
import styles from "./tip.module.css";

interface Props {
  events: readonly Annotation[];
  range: Range;
  width: number;
}

export function EventLines({ events, range, width }: Props) {
  const dark = useDark();
  const placed = useMemo(() => {
    const x = (at: number) => ((at - range.from) / (range.to - range.from)) * width;
    return placeEvents(chartEvents(events, dark), x, width);
  }, [events, dark, range, width]);
  return placed.map(({ left, right, all }) => (
    <div
      key={`${left} ${all[0]?.title}`}
      className={styles.event}
      style={{ left, width: right - left, color: all[0]?.color }}
      data-testid="event-line"
    >
      <i
        title={all.map((one) => [one.when, one.title, one.text].filter((two) => two !== "").join("\n")).join("\n\n")}
      />
    </div>
  ));
}
