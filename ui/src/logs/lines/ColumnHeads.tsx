// The names over the columns of the lines, as wide as what stands below them; each can be taken away.
import { IconButton } from "../../ui/IconButton";
import styles from "../logs.module.css";
import type { LineLook } from "./drawLine";

/** `14:03:59.123`, and what the day before it and the nanoseconds behind it take. */
const CLOCK_CH = 12;
const DAY_CH = 11;
const NANOS_CH = 6;

interface Props {
  look: Pick<LineLook, "columns" | "narrow" | "nanos" | "services">;
  onColumn: ((name: string) => void) | undefined;
}

export function ColumnHeads({ look, onColumn }: Props) {
  const timeCh = CLOCK_CH + (look.narrow ? 0 : DAY_CH) + (look.nanos ? NANOS_CH : 0);
  return (
    <div className={styles.heads} data-testid="line-columns">
      <span className={styles.time} style={{ width: `${timeCh}ch` }}>
        Time
      </span>
      {look.services && <span className={styles.service}>Service</span>}
      <span className={styles.columns}>
        {look.columns.map((name) => (
          <span key={name} className={styles.head} title={name}>
            <span className={styles.headName}>{name}</span>
            <IconButton icon="close" size={18} label={`No column of ${name}`} onClick={() => onColumn?.(name)} />
          </span>
        ))}
      </span>
      <span className={styles.text}>Line</span>
    </div>
  );
}
