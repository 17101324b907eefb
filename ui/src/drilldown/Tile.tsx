// A small chart with a name: one of many. It asks for its values when it comes near the screen.
import { type ReactNode, useMemo } from "react";
import { type Frame, shortNames } from "../api/matrix";
import { LEVELS, nameColors } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import type { Mark } from "../charts/plugins/marks";
import { TimeChart } from "../charts/TimeChart";
import type { Signal } from "../explore/search";
import type { Format } from "../format/unit";
import { useTime } from "../time/TimeContext";
import { useDark } from "../ui/hooks/useDark";
import { SkeletonBlock } from "../ui/Skeletons";
import styles from "./drilldown.module.css";
import { useDrilldown } from "./useDrilldown";
import { useFrame } from "./useFrame";
import { useMarks } from "./useMarks";
import { useSeen } from "./useSeen";

export const CHART_PX = 112;
const WIDE_PX = 1_200;
/** More lines than this in a small chart are a band. */
const MOST_LINES = 12;

interface Props {
  title: string;
  note?: ReactNode;
  signal: Signal;
  query: string;
  format: Format;
  height?: number;
  /** As wide as the page: more points are worth asking for. */
  wide?: boolean;
  /** Lines of numbers instead of bars of counts. */
  lines?: boolean;
  /** Diamonds of the traces behind it. */
  exemplars?: boolean;
  /** What a click on the name leads to. */
  onPick?: () => void;
  tools?: ReactNode;
  testId?: string;
}

export function Tile({
  title,
  note,
  signal,
  query,
  format,
  height = CHART_PX,
  wide,
  lines,
  exemplars = false,
  onPick,
  tools,
  testId = "tile",
}: Props) {
  const [host, seen] = useSeen();
  const points = wide === true ? WIDE_PX : undefined;
  const answer = useFrame(signal, query, seen, points);
  const marks = useMarks(signal, query, exemplars && answer.data !== undefined, points);
  return (
    <div className={styles.tile} ref={host} data-testid={testId}>
      <TileHead title={title} note={note} onPick={onPick} tools={tools} />
      {answer.data !== undefined && answer.data.series.length > 0 ? (
        <FrameDrawing
          frame={answer.data}
          signal={lines === true ? "metrics" : signal}
          format={format}
          height={height}
          label={title}
          quiet={wide !== true}
          marks={marks}
        />
      ) : answer.error !== null ? (
        <div className={styles.fault} style={{ height }}>
          {answer.error.message}
        </div>
      ) : answer.data === undefined ? (
        <SkeletonBlock height={height} />
      ) : (
        <div className={styles.none} style={{ height }}>
          Nothing in this range
        </div>
      )}
    </div>
  );
}

export function TileHead({ title, note, onPick, tools }: Pick<Props, "title" | "note" | "onPick" | "tools">) {
  return (
    <div className={styles.tileHead}>
      {onPick === undefined ? (
        <span className={styles.tileName} title={title}>
          {title === "" ? "without a value" : title}
        </span>
      ) : (
        <button type="button" className={styles.tileName} title={title} onClick={onPick}>
          {title}
        </button>
      )}
      <span className={styles.tileNote}>{note}</span>
      {tools}
    </div>
  );
}

interface DrawingProps {
  frame: Frame;
  signal: Signal;
  format: Format;
  height: number;
  label: string;
  /** One of many. */
  quiet?: boolean;
  /** Traces that a click on their diamond opens. */
  marks?: readonly Mark[];
}

const NO_MARKS: readonly Mark[] = [];

export function FrameDrawing({ frame, signal, format, height, label, quiet = true, marks = NO_MARKS }: DrawingProps) {
  const time = useTime();
  const { openTrace } = useDrilldown();
  const dark = useDark();
  const fixed = useServiceHues();
  const series = useMemo(() => {
    const kept = frame.series.slice(0, MOST_LINES);
    const names = shortNames(kept.map((one) => one.labels)).map((name, index) => {
      const values = Object.values(kept[index]?.labels ?? {});
      if (kept.length > 1) return name;
      return values.length === 1 ? (values[0] ?? label) : label;
    });
    const colors = nameColors(names, dark, fixed);
    const all = kept.map((one, index) => {
      const name = names[index] ?? "";
      const level = LEVELS.find((known) => known === name);
      const color = colors[index] ?? "";
      return { name, values: one.values, color, rank: level === undefined ? -1 : LEVELS.indexOf(level) };
    });
    // Levels are stacked by how bad they are, on every page.
    return all.sort((a, b) => a.rank - b.rank);
  }, [frame, dark, fixed, label]);
  return (
    <TimeChart
      times={frame.times}
      series={series}
      range={time.range}
      height={height}
      format={format}
      label={`${label} over time`}
      bars={signal === "logs"}
      counts={signal !== "metrics"}
      quiet={quiet}
      marks={marks}
      onMark={(mark) => openTrace(mark.id)}
      onZoom={time.zoomTo}
      onBack={time.back}
      syncKey={time.crosshair}
    />
  );
}
