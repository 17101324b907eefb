// Under the rows: the figures of the columns, and the pages of a table that has pages.
// biome-ignore-all lint/a11y/useSemanticElements: rows that are made while one scrolls have no place in a <table>
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the cell that is meant
import type { ReactNode } from "react";
import { count, whole } from "../../../format/number";
import { IconButton } from "../../../ui/IconButton";
import type { Column } from "./columns";
import type { Foot } from "./feet";
import styles from "./table.module.css";

interface Props {
  foot: Foot;
  columns: readonly Column[];
  stuck: readonly (number | undefined)[];
  template: string;
  /** Something stands before the first column. */
  hasLead: boolean;
}

export function TableFoot({ foot, columns, stuck, template, hasLead }: Props) {
  return (
    <div role="row" className={styles.foot} style={{ gridTemplateColumns: template }} data-testid="table-foot">
      {hasLead && <span />}
      {columns.map((one, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
          key={at}
          role="gridcell"
          className={styles.footCell}
          data-align={one.align}
          data-stuck={stuck[at] !== undefined}
          style={stuck[at] === undefined ? {} : { left: stuck[at] }}
        >
          {(foot.cells[at] ?? []).map((figure, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a figure is its line
            <span key={line} title={figure.words}>
              {figure.label !== "" && <small>{figure.label} </small>}
              {figure.words}
            </span>
          ))}
        </div>
      ))}
    </div>
  );
}

interface PagerProps {
  page: number;
  pages: number;
  /** Rows on a page, and on all. */
  size: number;
  rows: number;
  onPage: (page: number) => void;
  /** What may be done with all rows. */
  children: ReactNode;
}

export function Pager({ page, pages, size, rows, onPage, children }: PagerProps) {
  const from = rows === 0 ? 0 : page * size + 1;
  return (
    <nav className={styles.pager} aria-label="Pages of the table">
      <IconButton icon="left" label="Page before" size={24} disabled={page === 0} onClick={() => onPage(page - 1)} />
      <span>
        Page {page + 1} of {pages}
      </span>
      <IconButton
        icon="right"
        label="Next page"
        size={24}
        disabled={page >= pages - 1}
        onClick={() => onPage(page + 1)}
      />
      <span className={styles.pagerRows}>
        {whole(from)} to {whole(Math.min(rows, (page + 1) * size))} of {count(rows, "row")}
      </span>
      {children}
    </nav>
  );
}
