// Small diamonds where single requests were seen; each opens its trace.
import { type Mark, thinMarks } from "../../../charts/plugins/marks";
import type { Range } from "../../../time/range";
import type { HeatRow } from "./heat";
import styles from "./heat.module.css";
import { placeOfValue } from "./heatLook";

interface Props {
  marks: readonly Mark[];
  rows: readonly HeatRow[];
  range: Range;
  /** Pixels of the plot. */
  width: number;
  height: number;
  color: string;
  reverse: boolean;
  onMark: (mark: Mark) => void;
}

export function Exemplars({ marks, rows, range, width, height, color, reverse, onMark }: Props) {
  const x = (at: number) => ((at * 1_000 - range.from) / (range.to - range.from)) * width;
  const y = (value: number) => {
    const part = placeOfValue(value, rows);
    return part === undefined ? -1 : (reverse ? part : 1 - part) * height;
  };
  const shown = thinMarks(
    marks.filter((one) => x(one.time) >= 0 && x(one.time) <= width && y(one.value) >= 0),
    (one) => x(one.time),
    (one) => y(one.value),
  );
  return shown.map((one) => (
    <button
      key={`${one.id} ${one.time} ${one.value}`}
      type="button"
      className={styles.exemplar}
      style={{ left: x(one.time), top: y(one.value), backgroundColor: color }}
      title={one.label}
      aria-label={`Open the trace ${one.id}`}
      onClick={() => onMark(one)}
    />
  ));
}
