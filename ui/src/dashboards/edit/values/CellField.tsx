// How the cells of a column look, with the settings that only cells of that kind have. What is written besides stays.
import { record } from "../../../api/decode";
import { CELL_TYPES, type CellType, cellOptionsOf } from "../../panels/table/cells/looks";
import type { Option } from "../options/optionForms";
import { ValueField } from "./ValueField";
import styles from "./values.module.css";

interface Props {
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

type Part = Pick<Option, "label" | "kind" | "choices" | "words" | "fallback" | "hint"> & { readonly key: string };

const choice = (key: string, label: string, choices: readonly [string, ...string[]]): Part => ({
  key,
  label,
  kind: "choice",
  choices,
  fallback: choices[0],
});
const flag = (key: string, label: string): Part => ({ key, label, kind: "flag" });
const figure = (key: string, label: string, hint: string): Part => ({ key, label, kind: "number", hint });
const words = (key: string, label: string): Part => ({ key, label, kind: "text" });

/** The settings of each kind of cells. */
const PARTS: Readonly<Partial<Record<CellType, readonly Part[]>>> = {
  "color-background": [choice("mode", "Ground", ["gradient", "basic"]), flag("applyToRow", "The whole row")],
  gauge: [
    choice("mode", "Bar", ["gradient", "lcd", "basic"]),
    choice("valueDisplayMode", "Its value", ["text", "color", "hidden"]),
  ],
  sparkline: [
    flag("hideValue", "No value"),
    choice("drawStyle", "Draw", ["line", "bars", "points"]),
    choice("lineInterpolation", "Between points", ["linear", "smooth", "stepBefore", "stepAfter"]),
    figure("lineWidth", "Line width", "1"),
    figure("fillOpacity", "Fill, percent", "17"),
    {
      ...choice("gradientMode", "Colours of the fill", ["none", "opacity"]),
      words: { none: "One", opacity: "Fading" },
    },
    choice("showPoints", "Points", ["auto", "always", "never"]),
    figure("pointSize", "Size of points", "5"),
    flag("spanNulls", "Join over gaps"),
  ],
  image: [words("alt", "Words in its place"), words("title", "Words over it")],
};

const TYPES: Part = choice("type", "Cells", CELL_TYPES as unknown as readonly [string, ...string[]]);

export function CellField({ label, value, onChange }: Props) {
  const written = record(value);
  const shown = cellOptionsOf({ cellOptions: value });
  const type = CELL_TYPES.find((one) => one === shown.type);
  const put = (key: string, next: unknown) =>
    onChange({ ...written, ...(written.type === undefined ? { type } : {}), [key]: next });
  return (
    <div className={styles.rows} data-testid="cell-options">
      <ValueField option={{ ...TYPES, label }} value={shown.type} onChange={(next) => onChange({ type: next })} />
      {(type === undefined ? [] : (PARTS[type] ?? [])).map((one) => (
        <ValueField key={one.key} option={one} value={shown[one.key]} onChange={(next) => put(one.key, next)} />
      ))}
    </div>
  );
}
