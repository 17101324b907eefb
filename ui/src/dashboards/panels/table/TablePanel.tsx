// Tables of what queries answer: one at a time where there are several.
import { useMemo, useState } from "react";
import { number } from "../../../api/decode";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import { hasColumns, tableName, tables } from "./columns";
import { TableGrid } from "./TableGrid";
import styles from "./table.module.css";

const CHOICE_PX = 34;

export function TablePanel({ panel, frames, lookup, height, onSetting, onFilter }: PanelProps) {
  const filled = useMemo(() => tables(frames), [frames]);
  const [clicked, setClicked] = useState<number>();
  const asked = clicked ?? number(panel.options.frameIndex) ?? 0;
  const chosen = Math.max(0, Math.min(asked, filled.length - 1));
  const frame = filled[chosen];
  if (frame === undefined || !hasColumns(frame)) return <NoData />;
  const choose = (index: number) => {
    setClicked(index);
    onSetting?.(["options", "frameIndex"], () => index);
  };
  return (
    <div className={styles.table}>
      {filled.length > 1 && (
        <select value={chosen} onChange={(event) => choose(Number(event.currentTarget.value))} aria-label="Table">
          {filled.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tables have only their place
            <option key={index} value={index}>
              {tableName(one, index)}
            </option>
          ))}
        </select>
      )}
      <TableGrid
        panel={panel}
        frame={frame}
        lookup={lookup}
        height={height - (filled.length > 1 ? CHOICE_PX : 0)}
        onSetting={onSetting}
        onFilter={onFilter}
      />
    </div>
  );
}
