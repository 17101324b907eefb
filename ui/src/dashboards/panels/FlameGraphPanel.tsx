// Where time went, call path by call path: of the traces a query found, or of any table with levels, labels and values.
import { useMemo } from "react";
import { nameColor } from "../../charts/colors/palette";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { duration } from "../../format/number";
import { FlameBoxes } from "../../traces/trace/FlameGraph";
import { useDark } from "../../ui/hooks/useDark";
import { formatValue } from "../field/units";
import { boxesOf, isFlame } from "./compute/flame";
import { NoData } from "./NoData";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

export function FlameGraphPanel({ frames }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const frame = frames.find(isFlame);
  const boxes = useMemo(() => (frame === undefined ? [] : boxesOf(frame)), [frame]);
  if (boxes.length === 0) return <NoData text="No spans" />;
  const config = frame?.fields.find((one) => one.name === "value")?.config;
  // Spans have a service and nanoseconds; tables of others have a unit of their own.
  const ofSpans = frame?.fields.some((one) => one.name === "service") === true && config?.unit === undefined;
  return (
    <div className={styles.flame}>
      <FlameBoxes
        boxes={boxes}
        format={(value) => (ofSpans ? duration(value) : formatValue(value, config?.unit, config?.decimals))}
        colorOf={(box) => (box.service === "" ? nameColor(box.name, dark) : nameColor(box.service, dark, hues))}
      />
    </div>
  );
}
