// How the panels of one grid stand: each at its place, or one after the other in cells of a size.
import { NativeSelect } from "@mantine/core";
import { NumberField } from "../../edit/fields/NumberField";
import { COLUMN_WIDTHS, type GridSettings, ROW_HEIGHTS } from "../../model/elements/grids";

export type GridChange =
  | { readonly member: "auto"; readonly value: boolean }
  | { readonly member: "columns"; readonly value: number }
  | { readonly member: "columnWidth" | "rowHeight"; readonly value: string };

interface Props {
  grid: GridSettings;
  onChange: (change: GridChange) => void;
}

/** As many columns as a grid has. */
const MOST_COLUMNS = 24;

export function GridFields({ grid, onChange }: Props) {
  return (
    <>
      <NativeSelect
        size="xs"
        label="Panels stand"
        value={grid.auto ? "auto" : "free"}
        data={[
          { value: "free", label: "at their places" },
          { value: "auto", label: "one after the other, filling the width" },
        ]}
        onChange={(event) => onChange({ member: "auto", value: event.currentTarget.value === "auto" })}
      />
      {grid.auto && (
        <>
          <NumberField
            label="Columns at most"
            value={grid.columns}
            onChange={(value) => {
              const columns = Math.max(1, Math.min(MOST_COLUMNS, Math.round(value ?? 3)));
              onChange({ member: "columns", value: columns });
            }}
          />
          <SizeField
            label="Columns are"
            sizes={COLUMN_WIDTHS}
            value={grid.columnWidth}
            onChange={(value) => onChange({ member: "columnWidth", value })}
          />
          <SizeField
            label="Panels are"
            sizes={ROW_HEIGHTS}
            value={grid.rowHeight}
            onChange={(value) => onChange({ member: "rowHeight", value })}
          />
        </>
      )}
    </>
  );
}

interface SizeProps {
  label: string;
  sizes: readonly string[];
  value: string;
  onChange: (value: string) => void;
}

/** A size that is written in pixels is kept until another is chosen. */
function SizeField({ label, sizes, value, onChange }: SizeProps) {
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={value}
      data={sizes.includes(value) ? [...sizes] : [...sizes, value]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
