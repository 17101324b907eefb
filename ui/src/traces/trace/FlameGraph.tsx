// The flame graph of a trace: where the time went, by service and name. A click looks closer and selects the longest call.
import { useMemo, useState } from "react";
import type { Trace } from "../../api/tempo/trace";
import { count, duration } from "../../format/number";
import styles from "../traces.module.css";
import { type FlameBox, flameBoxes } from "./flame";
import type { Layout } from "./layout";

const ROW_PX = 22;

interface Props {
  trace: Trace;
  layout: Layout;
  colorOf: (service: string) => string;
  onSelect: (span: number) => void;
}

export function FlameGraph({ trace, layout, colorOf, onSelect }: Props) {
  const boxes = useMemo(() => flameBoxes(trace.spans, layout), [trace, layout]);
  return <FlameBoxes boxes={boxes} format={duration} colorOf={(box) => colorOf(box.service)} onSelect={onSelect} />;
}

const WHOLE = { left: 0, width: 1, depth: 0 };

interface BoxesProps {
  boxes: readonly FlameBox[];
  /** The totals of boxes as people read them. */
  format: (value: number) => string;
  colorOf: (box: FlameBox) => string;
  onSelect?: (longest: number) => void;
}

/** Boxes of any flame graph; a click makes one as wide as the picture, and again the whole. */
export function FlameBoxes({ boxes, format, colorOf, onSelect }: BoxesProps) {
  const [view, setView] = useState(WHOLE);
  const deepest = boxes.reduce((most, one) => Math.max(most, one.depth), 0);
  const shown = boxes.filter(
    (one) => one.left + one.width > view.left + 1e-9 && one.left < view.left + view.width - 1e-9,
  );
  const pick = (box: FlameBox) => {
    setView(box.left <= view.left && box.width >= view.width ? WHOLE : box);
    onSelect?.(box.longest);
  };
  return (
    <div className={styles.flame} data-testid="flame">
      <div style={{ position: "relative", height: (deepest + 1) * ROW_PX }}>
        {shown.map((box) => {
          const left = Math.max(0, (box.left - view.left) / view.width);
          const right = Math.min(1, (box.left + box.width - view.left) / view.width);
          const name = box.service === "" ? box.name : `${box.service}: ${box.name}`;
          const words = `${name}, ${count(box.calls, "call")}, ${format(box.total)} in all, ${format(box.self)} of its own${box.errors > 0 ? `, ${count(box.errors, "error")}` : ""}`;
          return (
            <button
              type="button"
              key={`${box.depth} ${box.left} ${box.service} ${box.name}`}
              className={styles.flameBox}
              data-error={box.errors > 0}
              style={{
                left: `${left * 100}%`,
                width: `calc(${(right - left) * 100}% - 1px)`,
                top: box.depth * ROW_PX,
                background: colorOf(box),
              }}
              title={words}
              aria-label={words}
              onClick={() => pick(box)}
            >
              {box.name}
              {box.calls > 1 && ` ×${box.calls}`}
            </button>
          );
        })}
      </div>
    </div>
  );
}
