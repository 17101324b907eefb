// One answer broken down: a small chart for each value of a label, largest first; each value can be kept or left out.
import { type ReactNode, useMemo, useState } from "react";
import type { Signal } from "../explore/search";
import { count } from "../format/number";
import type { Format } from "../format/unit";
import { ErrorNotice } from "../ui/ErrorNotice";
import { IconButton } from "../ui/IconButton";
import { Notice } from "../ui/Notice";
import { SkeletonRows } from "../ui/Skeletons";
import styles from "./drilldown.module.css";
import type { Filter } from "./filters";
import { CHART_PX, FrameDrawing, TileHead } from "./Tile";
import { useDrilldown } from "./useDrilldown";
import { useFrame } from "./useFrame";
import { weigh } from "./weigh";

/** A screen or two; more on demand. */
const FIRST = 24;

interface Props {
  signal: Signal;
  query: string;
  /** The label as the answer calls it. */
  label: string;
  kind: Filter["kind"];
  format: Format;
  note: (weight: number) => ReactNode;
  /** The name in filters, where it differs from the label. */
  name?: string;
}

export function ValueTiles({ signal, query, label, kind, format, note, name = label }: Props) {
  const { toggle } = useDrilldown();
  const [most, setMost] = useState(FIRST);
  const answer = useFrame(signal, query, true);
  const parts = useMemo(() => weigh(answer.data, label, signal === "logs"), [answer.data, label, signal]);
  if (answer.error !== null) return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <SkeletonRows rows={6} height={CHART_PX} />;
  if (parts.length === 0)
    return <Notice title="Nothing in this range">Widen the time range, or take a filter away.</Notice>;
  return (
    <>
      <div className={styles.tiles} data-testid="values">
        {parts.slice(0, most).map(({ value, frame, weight }) => (
          <div key={value} className={styles.tile} data-testid="value-tile">
            <TileHead
              title={value}
              note={note(weight)}
              tools={
                <>
                  <IconButton
                    icon="plus"
                    size={22}
                    label={`Only ${value}`}
                    onClick={() => toggle({ kind, name, value, wanted: true })}
                  />
                  <IconButton
                    icon="minus"
                    size={22}
                    label={`Not ${value}`}
                    onClick={() => toggle({ kind, name, value, wanted: false })}
                  />
                </>
              }
            />
            <FrameDrawing frame={frame} signal={signal} format={format} height={CHART_PX} label={value} />
          </div>
        ))}
      </div>
      {parts.length > most && (
        <button type="button" className={styles.more} onClick={() => setMost(most * 4)}>
          {count(parts.length - most, "more value")}
        </button>
      )}
    </>
  );
}
