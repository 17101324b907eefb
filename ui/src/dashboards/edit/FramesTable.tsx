// The first rows of tables as they are between steps: names with their types, and plain values.
import { count } from "../../format/number";
import { absolute } from "../../time/range";
import { type DataFrame, displayNames, frameLength, plainValue } from "../data/frame";
import styles from "./edit.module.css";

interface Props {
  frames: readonly DataFrame[];
  /** Rows of each. */
  rows: number;
}

/** More tables than this are counted. */
const MOST_FRAMES = 4;
/** More columns are not read across. */
const MOST_COLUMNS = 30;

export function FramesTable({ frames, rows }: Props) {
  const names = displayNames(frames);
  if (frames.length === 0) return <p className={styles.none}>No rows.</p>;
  return (
    <div className={styles.frames}>
      {frames.slice(0, MOST_FRAMES).map((frame, at) => {
        const length = frameLength(frame);
        const fields = frame.fields.slice(0, MOST_COLUMNS);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: queries may answer with several
          <table key={`${frame.refId} ${at}`}>
            <caption>
              {frame.refId}: {count(length, "row")}, {count(frame.fields.length, "field")}
            </caption>
            <thead>
              <tr>
                {fields.map((one, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                  <th key={column} title={one.type}>
                    {names.get(one) ?? one.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: Math.min(rows, length) }, (_, row) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
                <tr key={row}>
                  {fields.map((one, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
                    <td key={column}>{cellText(one.type, one.values[row])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        );
      })}
      {frames.length > MOST_FRAMES && <p className={styles.none}>and {frames.length - MOST_FRAMES} more</p>}
    </div>
  );
}

function cellText(type: string, written: unknown): string {
  const value = plainValue(written);
  if (value === null || value === undefined) return "–";
  if (type === "time" && typeof value === "number") return absolute(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
