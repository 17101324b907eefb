// Where the colour of a value comes from: its series, its thresholds, a scale, or one that is fixed.
import { NativeSelect } from "@mantine/core";
import { record, text } from "../../../api/decode";
import { ColorField } from "../fields/ColorField";
import styles from "./values.module.css";

const MODES: readonly { value: string; label: string }[] = [
  { value: "", label: "As the panel usually has them" },
  { value: "palette-classic", label: "By series" },
  { value: "palette-classic-by-name", label: "By name of series" },
  { value: "thresholds", label: "By thresholds" },
  { value: "fixed", label: "One colour" },
  { value: "shades", label: "Shades of one colour" },
  { value: "continuous-GrYlRd", label: "Green, yellow, red" },
  { value: "continuous-RdYlGr", label: "Red, yellow, green" },
  { value: "continuous-BlYlRd", label: "Blue, yellow, red" },
  { value: "continuous-YlRd", label: "Yellow, red" },
  { value: "continuous-BlPu", label: "Blue, purple" },
  { value: "continuous-YlBl", label: "Yellow, blue" },
  { value: "continuous-blues", label: "Blues" },
  { value: "continuous-reds", label: "Reds" },
  { value: "continuous-greens", label: "Greens" },
  { value: "continuous-purples", label: "Purples" },
  { value: "continuous-viridis", label: "Viridis" },
  { value: "continuous-magma", label: "Magma" },
  { value: "continuous-plasma", label: "Plasma" },
  { value: "continuous-inferno", label: "Inferno" },
  { value: "continuous-cividis", label: "Cividis" },
];

const SERIES_BY = [
  { value: "last", label: "Last value" },
  { value: "min", label: "Smallest value" },
  { value: "max", label: "Largest value" },
];

interface Props {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function ColorModeField({ label, value, onChange }: Props) {
  const before = record(value);
  const mode = text(before.mode);
  const isFixed = mode === "fixed" || mode === "shades";
  const isByValue = mode === "thresholds" || mode.startsWith("continuous-");
  return (
    <div className={styles.end}>
      <NativeSelect
        size="xs"
        label={label}
        value={mode}
        data={MODES.some((one) => one.value === mode) ? [...MODES] : [...MODES, { value: mode, label: mode }]}
        onChange={(event) => {
          const next = event.currentTarget.value;
          if (next === "") return onChange(undefined);
          const needs = (next === "fixed" || next === "shades") && text(before.fixedColor) === "";
          onChange({ ...before, mode: next, ...(needs ? { fixedColor: "blue" } : {}) });
        }}
      />
      {isByValue && (
        <NativeSelect
          size="xs"
          label="Of a series, by its"
          value={text(before.seriesBy, "last")}
          data={SERIES_BY}
          onChange={(event) => onChange({ ...before, mode, seriesBy: event.currentTarget.value })}
        />
      )}
      {isFixed && (
        <ColorField
          label="Colour"
          value={text(before.fixedColor)}
          onChange={(fixedColor) => onChange({ ...before, mode, fixedColor })}
        />
      )}
    </div>
  );
}
