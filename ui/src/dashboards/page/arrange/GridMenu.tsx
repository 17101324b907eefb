// How the panels of the outermost grid stand, while the dashboard is arranged. Rows and tabs have it in their own settings.
import { Popover } from "@mantine/core";
import { useState } from "react";
import type { Json } from "../../../api/decode";
import { type GridSettings, gridSettings, outerLayout } from "../../model/elements/grids";
import styles from "../page.module.css";
import { withGridChange } from "./arranging";
import { GridFields } from "./GridFields";

interface Props {
  json: Json;
  onGrid: (change: (json: Json) => Json) => void;
}

/** The older form has nothing but places. */
const PLACES: GridSettings = { auto: false, columns: 3, columnWidth: "standard", rowHeight: "standard" };

export function GridMenu({ json, onGrid }: Props) {
  const [open, setOpen] = useState(false);
  const layout = outerLayout(json);
  const grid = layout === undefined ? PLACES : gridSettings(json, layout);
  if (grid === undefined) return null;
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" offset={4} width={280} trapFocus>
      <Popover.Target>
        <button type="button" className={styles.quiet} aria-expanded={open} onClick={() => setOpen(!open)}>
          Grid
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={styles.form}>
          <GridFields
            grid={grid}
            onChange={(change) => {
              if (layout === undefined) setOpen(false);
              onGrid((all) => (layout === undefined ? all : withGridChange(all, layout, change)));
            }}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
