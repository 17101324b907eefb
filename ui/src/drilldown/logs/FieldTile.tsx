// One field of the lines as a small chart: its values over time, or what most of its numbers are below.
import type { DetectedField } from "../../api/loki/detected";
import { bytes, count, duration, short } from "../../format/number";
import styles from "../drilldown.module.css";
import { numberQuery, unwrapped, volumeQuery } from "../queries";
import { Tile, TileHead } from "../Tile";

/** More values than this make a chart that tells nothing, and an answer that the server refuses. */
const MOST_VALUES = 100;

export function hasMany(field: DetectedField): boolean {
  return field.cardinality > MOST_VALUES;
}

interface Props {
  field: DetectedField;
  /** The lines with the field read. */
  lines: string;
  onPick: () => void;
}

export function FieldTile({ field, lines, onPick }: Props) {
  const note = count(field.cardinality, "value");
  const number = unwrapped(field.name, field.type);
  if (number !== undefined && field.cardinality > 10) {
    return (
      <Tile
        title={field.name}
        note={`90 of 100 are below · ${note}`}
        signal="logs"
        lines
        query={numberQuery(lines, number)}
        format={formatOf(field.type)}
        onPick={onPick}
      />
    );
  }
  if (hasMany(field)) {
    return (
      <div className={styles.tile} data-testid="tile">
        <TileHead title={field.name} note={note} onPick={onPick} />
        <div className={styles.none} style={{ height: 112 }}>
          Too many values to draw. Open it for the most frequent ones.
        </div>
      </div>
    );
  }
  return (
    <Tile
      title={field.name}
      note={note}
      signal="logs"
      query={volumeQuery(lines, field.name)}
      format={short}
      onPick={onPick}
    />
  );
}

function formatOf(type: string): (value: number) => string {
  if (type === "duration") return (value) => duration(value * 1e9);
  return type === "bytes" ? bytes : short;
}
