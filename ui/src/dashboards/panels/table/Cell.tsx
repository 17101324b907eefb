// One cell: its text in the colours, as the bar, or behind the link that its column asks for.
import type { DataFrame, Field } from "../../data/frame";
import { smallText } from "../../field/colors";
import { shownText, showValue } from "../../field/show";
import type { PanelLink } from "../../model/types";
import { interpolate, type Lookup } from "../../variables/interpolate";
import { safeHref } from "../compute/links";
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
  const link = field.config.links?.[0];
  const href = link === undefined ? undefined : rowHref(link, frame, field, row, words, lookup);
  if (isGauge && typeof value === "number") {
    const share = Math.max(0, Math.min(1, (value - bounds.min) / (bounds.max - bounds.min)));
    return (
      <span className={styles.tableCell}>
        <span className={styles.cellTrack}>
          <span style={{ width: `${share * 100}%`, background: shown.color ?? "var(--metrics)" }} />
        </span>
        <span style={{ color: smallText(shown.color) }}>{words}</span>
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
      {href === undefined ? (
        words
      ) : (
        <a href={href} target={link?.newTab === true ? "_blank" : undefined} rel="noreferrer">
          {words}
        </a>
      )}
    </span>
  );
}

function rowHref(
  link: PanelLink,
  frame: DataFrame,
  field: Field,
  row: number,
  words: string,
  lookup: Lookup,
): string | undefined {
  const single = (value: string) => ({ values: [encodeURIComponent(value)], texts: [value], many: false });
  const url = interpolate(
    link.url
      .replaceAll(/\$\{__data\.fields(?:\.([^}[\]:]+)|\[["']?([^\]"']+)["']?\])[^}]*\}/g, (_whole, plain, square) => {
        const name: string = plain ?? square;
        const other = frame.fields.find((one) => one.name === name) ?? frame.fields[Number(name)];
        return encodeURIComponent(String(other?.values[row] ?? ""));
      })
      .replaceAll(/\$\{__value\.(raw|text|numeric)\}/g, (_whole, kind) =>
        encodeURIComponent(kind === "text" ? words : String(field.values[row] ?? "")),
      ),
    (name, inner) =>
      name === "__field"
        ? single(field.labels?.[(inner ?? "").replace("labels.", "")] ?? field.name)
        : lookup(name, inner),
    "plain",
  );
  return safeHref(url);
}
