// The series of an XY chart, each by the names of its columns. What is edited is written as it is named today.
import { list, record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { TextField } from "../fields/TextField";
import styles from "./values.module.css";

interface Props {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

const COLUMNS = [
  { member: "x", label: "Across", hint: "column across" },
  { member: "y", label: "Up", hint: "column up" },
  { member: "size", label: "Size", hint: "column of sizes" },
  { member: "color", label: "Colour", hint: "column of colours" },
] as const;

/** A column by its matcher, or as it was named before. */
function columnOf(value: unknown): string {
  return typeof value === "string" ? value : text(record(record(value).matcher).options);
}

export function PairsField({ label, value, onChange }: Props) {
  const series = list(value).map(record);
  const put = (next: readonly unknown[]) => onChange(next.length === 0 ? undefined : next);
  const change = (index: number, member: string, next: unknown) =>
    put(series.map((one, at) => (at === index ? { ...one, [member]: next } : one)));
  return (
    <div className={styles.rows} data-testid="pairs">
      {series.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a series is its place
        <div key={index} className={styles.mapping}>
          <div className={styles.row}>
            <TextField
              bare
              label={`Name of series ${index + 1}`}
              hint="name"
              value={typeof one.name === "string" ? one.name : text(record(one.name).fixed)}
              onChange={(typed) => change(index, "name", typed === "" ? undefined : { fixed: typed })}
            />
            <IconButton
              icon="close"
              label={`Remove series ${index + 1}`}
              size={24}
              onClick={() => put(series.filter((_, at) => at !== index))}
            />
          </div>
          {COLUMNS.map(({ member, label: part, hint }) => (
            <TextField
              key={member}
              bare
              label={`${part} of series ${index + 1}`}
              hint={hint}
              value={columnOf(one[member])}
              onChange={(typed) =>
                change(index, member, typed === "" ? undefined : { matcher: { id: "byName", options: typed } })
              }
            />
          ))}
        </div>
      ))}
      <button type="button" className={styles.add} aria-label={`Add to ${label}`} onClick={() => put([...series, {}])}>
        Add a series
      </button>
    </div>
  );
}
