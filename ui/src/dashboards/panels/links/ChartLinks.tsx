// The links of the point of a chart that was clicked, beside it.
import { Menu } from "@mantine/core";
import type { FilledLink } from "./dataLinks";
import { LinkItems } from "./LinkedBox";
import styles from "./links.module.css";

export interface Pinned {
  /** Pixels from the chart's corner. */
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly links: readonly FilledLink[];
}

export function ChartLinks({ pinned, onClose }: { pinned: Pinned; onClose: () => void }) {
  return (
    <Menu opened onChange={(open) => !open && onClose()} position="bottom-start" offset={2}>
      <Menu.Target>
        <button
          type="button"
          className={styles.pin}
          style={{ left: pinned.x, top: pinned.y }}
          aria-label={`Links of ${pinned.name}`}
        />
      </Menu.Target>
      <Menu.Dropdown data-testid="chart-links">
        <Menu.Label>{pinned.name}</Menu.Label>
        <LinkItems links={pinned.links} />
      </Menu.Dropdown>
    </Menu>
  );
}
