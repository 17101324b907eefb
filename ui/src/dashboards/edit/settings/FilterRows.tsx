// Filters of a variable of filters, one row each.
import { NativeSelect } from "@mantine/core";
import { record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { TextField } from "../fields/TextField";
import styles from "./settings.module.css";

interface Props {
  label: string;
  filters: readonly unknown[];
  onChange: (filters: readonly unknown[]) => void;
}

const OPERATORS = ["=", "!=", "=~", "!~"];

export function FilterRows({ label, filters, onChange }: Props) {
  const change = (at: number, member: string, value: string) =>
    onChange(filters.map((one, index) => (index === at ? { ...record(one), [member]: value } : one)));
  return (
    <div>
      <div className={styles.label}>{label}</div>
      {filters.map((value, index) => {
        const one = record(value);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a filter is its place
          <div key={index} className={styles.filter}>
            <TextField
              bare
              label={`Label ${index + 1}`}
              hint="label"
              value={text(one.key)}
              onChange={(next) => change(index, "key", next)}
            />
            <NativeSelect
              size="xs"
              aria-label={`Operator ${index + 1}`}
              value={text(one.operator, "=")}
              data={OPERATORS}
              onChange={(event) => change(index, "operator", event.currentTarget.value)}
            />
            <TextField
              bare
              label={`Value ${index + 1}`}
              hint="value"
              value={text(one.value)}
              onChange={(next) => change(index, "value", next)}
            />
            <IconButton
              icon="close"
              label={`Remove filter ${index + 1}`}
              size={26}
              onClick={() => onChange(filters.filter((_, at) => at !== index))}
            />
          </div>
        );
      })}
      <button
        type="button"
        className={styles.name}
        onClick={() => onChange([...filters, { key: "", operator: "=", value: "" }])}
      >
        Add a filter
      </button>
    </div>
  );
}
