// Which values are shown as other words or colours: single values, ranges, patterns, and values that are none.
import { NativeSelect } from "@mantine/core";
import { text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { ColorField } from "../fields/ColorField";
import { TextField } from "../fields/TextField";
import { type MappingRow, type RowKind, SPECIALS, toMappings, toRows } from "./mappings";
import styles from "./values.module.css";

const KINDS: readonly { value: RowKind; label: string }[] = [
  { value: "value", label: "Value" },
  { value: "range", label: "Range" },
  { value: "regex", label: "Pattern" },
  { value: "special", label: "Special" },
];

const SPECIAL_WORDS: Readonly<Record<string, string>> = {
  null: "Null",
  nan: "NaN",
  "null+nan": "Null or NaN",
  true: "True",
  false: "False",
  empty: "Empty",
};

interface Props {
  value: unknown;
  onChange: (value: unknown) => void;
}

export function MappingsField({ value, onChange }: Props) {
  const rows = toRows(value);
  const put = (next: readonly MappingRow[]) => onChange(next.length === 0 ? undefined : toMappings(next));
  const change = (index: number, row: Partial<MappingRow>) =>
    put(rows.map((one, at) => (at === index ? { ...one, ...row } : one)));
  const free = () => {
    const taken = new Set(rows.filter((one) => one.kind === "value").map((one) => one.match));
    let next = 0;
    while (taken.has(String(next))) next += 1;
    return String(next);
  };
  return (
    <div className={styles.rows} data-testid="mappings">
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
        <div key={index} className={styles.mapping}>
          <div className={styles.row}>
            <NativeSelect
              size="xs"
              aria-label={`Kind of mapping ${index + 1}`}
              value={row.kind}
              data={[...KINDS]}
              onChange={(event) => {
                const kind = event.currentTarget.value as RowKind;
                change(index, { kind, match: kind === "special" ? "null" : row.match });
              }}
            />
            <Match row={row} index={index} onChange={(next) => change(index, next)} />
            <IconButton
              icon="close"
              label={`Remove mapping ${index + 1}`}
              size={24}
              onClick={() => put(rows.filter((_, at) => at !== index))}
            />
          </div>
          <div className={styles.row}>
            <ColorField
              label={`Colour of mapping ${index + 1}`}
              value={text(row.result.color)}
              onChange={(color) => change(index, { result: { ...row.result, color } })}
            />
            <TextField
              bare
              label={`Text of mapping ${index + 1}`}
              hint="shown as"
              value={text(row.result.text)}
              onChange={(typed) => {
                const { text: _before, ...rest } = row.result;
                change(index, { result: typed === "" ? rest : { ...rest, text: typed } });
              }}
            />
          </div>
        </div>
      ))}
      <button
        type="button"
        className={styles.add}
        onClick={() => put([...rows, { kind: "value", match: free(), from: "", to: "", result: { text: "" } }])}
      >
        Add a mapping
      </button>
    </div>
  );
}

function Match({
  row,
  index,
  onChange,
}: {
  row: MappingRow;
  index: number;
  onChange: (row: Partial<MappingRow>) => void;
}) {
  const name = `mapping ${index + 1}`;
  if (row.kind === "special") {
    return (
      <NativeSelect
        size="xs"
        aria-label={`Special of ${name}`}
        value={row.match}
        data={SPECIALS.map((one) => ({ value: one, label: SPECIAL_WORDS[one] ?? one }))}
        onChange={(event) => onChange({ match: event.currentTarget.value })}
      />
    );
  }
  if (row.kind === "range") {
    return (
      <span className={styles.pair}>
        <TextField
          bare
          label={`From of ${name}`}
          hint="from"
          value={row.from}
          onChange={(from) => onChange({ from })}
        />
        <TextField bare label={`To of ${name}`} hint="to" value={row.to} onChange={(to) => onChange({ to })} />
      </span>
    );
  }
  return (
    <TextField
      bare
      mono={row.kind === "regex"}
      label={row.kind === "regex" ? `Pattern of ${name}` : `Value of ${name}`}
      hint={row.kind === "regex" ? "/.*error.*/" : "value"}
      value={row.match}
      onChange={(match) => onChange({ match })}
    />
  );
}
