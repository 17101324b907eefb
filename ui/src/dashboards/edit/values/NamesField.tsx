// A few of several names, or any names at all.
import { Toggle } from "../../../ui/Toggle";
import { TextField } from "../fields/TextField";
import { wordOf } from "../options/options";
import styles from "./values.module.css";

interface Props {
  label: string;
  value: readonly string[];
  choices: readonly string[] | undefined;
  onChange: (value: readonly string[]) => void;
}

export function NamesField({ label, value, choices, onChange }: Props) {
  if (choices === undefined) {
    const split = (typed: string) => typed.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
    return <TextField label={label} value={value.join(", ")} onChange={(typed) => onChange(split(typed))} />;
  }
  return (
    <div>
      <div className={styles.label}>{label}</div>
      <div className={styles.foot}>
        {choices.map((one) => (
          <Toggle
            key={one}
            label={wordOf(one)}
            on={value.includes(one)}
            onClick={() => onChange(value.includes(one) ? value.filter((two) => two !== one) : [...value, one])}
          />
        ))}
      </div>
    </div>
  );
}
