// One cell: its text in the colours, as the bar, or behind the link that its column asks for.
import type { DataFrame } from "../../data/frame";
import { smallText } from "../../field/colors";
import { shownText, showValue } from "../../field/show";
import type { Lookup } from "../../variables/interpolate";
import { filledLinks } from "../links/dataLinks";
import { LinkedBox } from "../links/LinkedBox";
import styles from "../panels.module.css";
import type { Column } from "./columns";

interface CellProps {
  column: Column;
  row: number;
  frame: DataFrame;
  dark: boolean;
  lookup: Lookup;
}

export function Cell({ column, row, frame, dark, lookup }: CellProps) {
  const { field, bounds, cell } = column;
  const value = field.values[row] ?? null;
  const config =
    field.type === "time" && field.config.unit === undefined
      ? { ...field.config, unit: "dateTimeAsIso" }
      : field.config;
  const shown = showValue(value, config, bounds, dark);
  const words = shownText(shown);
  const filled = cell.startsWith("color-background");
  const isGauge = cell === "gauge" || cell.includes("gauge") || cell === "basic";
  const style = filled
    ? { background: shown.color, color: "#0f1115" }
    : cell === "color-text"
      ? { color: smallText(shown.color) }
      : {};
  const links =
    (field.config.links ?? []).length === 0
      ? []
      : filledLinks({ field, frame, row, value, words, name: column.name }, lookup);
  if (isGauge && typeof value === "number") {
    const share = Math.max(0, Math.min(1, (value - bounds.min) / (bounds.max - bounds.min)));
    return (
      <span className={styles.tableCell}>
        <span className={styles.cellTrack}>
          <span style={{ width: `${share * 100}%`, background: shown.color ?? "var(--metrics)" }} />
        </span>
        <LinkedBox links={links} className={styles.cellLink}>
          <span style={{ color: smallText(shown.color) }}>{words}</span>
        </LinkedBox>
      </span>
    );
  }
  return (
    <span
      className={styles.tableCell}
      data-right={column.right}
      data-center={column.center}
      style={style}
      title={words}
    >
      {links.length === 0 ? (
        words
      ) : (
        <LinkedBox links={links} className={styles.cellLink}>
          {words}
        </LinkedBox>
      )}
    </span>
  );
}
