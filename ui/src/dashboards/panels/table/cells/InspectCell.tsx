// The whole value of one cell, over the page: as text, or as JSON on lines where it is some.
import { CopyButton } from "../../../../ui/copy/CopyButton";
import { Dialog } from "../../../../ui/Dialog";
import { type Column, wordsOf } from "../columns";
import styles from "../table.module.css";
import { jsonText, readJson } from "./looks";

interface Props {
  column: Column;
  row: number;
  onClose: () => void;
}

export function InspectCell({ column, row, onClose }: Props) {
  const value = column.field.values[row];
  const isJson =
    typeof value === "object" || (typeof value === "string" && /^\s*[[{]/.test(value) && readJson(value) !== undefined);
  const whole = isJson && value !== null ? jsonText(value, true) : wordsOf(column, row);
  return (
    <Dialog onClose={onClose} title={column.name} size="lg">
      <pre className={styles.whole} data-testid="inspected">
        {whole}
      </pre>
      <CopyButton label="Copy" text={() => whole} />
    </Dialog>
  );
}
