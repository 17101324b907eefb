// Whether something holds for gaps of any length, for those up to a length, or for none: stored as true, milliseconds or false.
import { NativeSelect } from "@mantine/core";
import { readDuration, writeDuration } from "../../query/duration";
import { TextField } from "../fields/TextField";
import styles from "./values.module.css";

interface Props {
  label: string;
  /** Which of the three there are; undefined: all. */
  choices: readonly string[] | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
}

const CHOICES = [
  { value: "never", label: "Never" },
  { value: "always", label: "Always" },
  { value: "length", label: "By length" },
];
const HOUR_MS = 3_600_000;

export function GapsField({ label, choices, value, onChange }: Props) {
  const length = typeof value === "number" ? value : undefined;
  return (
    <div className={styles.end}>
      <NativeSelect
        size="xs"
        label={label}
        value={length !== undefined ? "length" : value === true ? "always" : "never"}
        data={CHOICES.filter((one) => choices?.includes(one.value) !== false)}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          onChange(chosen === "length" ? HOUR_MS : chosen === "always");
        }}
      />
      {length !== undefined && (
        <TextField
          label="Length"
          hint="1h"
          value={writeDuration(length)}
          onChange={(typed) => {
            const millis = readDuration(typed);
            if (millis !== undefined) onChange(millis);
          }}
        />
      )}
    </div>
  );
}
