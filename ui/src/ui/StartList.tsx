// What exists, as a list one may click into: name, a bar for how much of it there is, a note.
import { nameColor } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import { useDark } from "./hooks/useDark";
import styles from "./StartList.module.css";

export interface StartItem {
  readonly name: string;
  readonly note: string;
  readonly weight: number;
  readonly onPick: () => void;
}

interface Props {
  head: string;
  signal: "logs" | "traces";
  items: readonly StartItem[];
}

export function StartList({ head, signal, items }: Props) {
  const dark = useDark();
  const hues = useServiceHues();
  const most = Math.max(1, ...items.map((one) => one.weight));
  return (
    <div className={styles.start} data-testid={`${signal}-start`}>
      <div className={styles.head}>{head}</div>
      {items.map((item) => (
        <button type="button" key={item.name} className={styles.item} onClick={item.onPick}>
          <span className={styles.dot} style={{ background: nameColor(item.name, dark, hues) }} />
          <span className={styles.name}>{item.name}</span>
          <span className={styles.track}>
            <span
              hidden={item.weight === 0}
              className={styles.bar}
              style={{ width: `${(item.weight / most) * 100}%`, background: `var(--${signal})` }}
            />
          </span>
          <span className={styles.note}>{item.note}</span>
        </button>
      ))}
    </div>
  );
}
