// Which figures of a series are shown: any of the reducers, in the order they are ticked.
import { Popover } from "@mantine/core";
import { useState } from "react";
import { Icon } from "../../../ui/Icon";
import { REDUCERS, reducerLabel } from "../../data/reducers";
import styles from "./fields.module.css";

interface Props {
  label: string;
  value: readonly string[];
  /** What holds when none is ticked. */
  hint?: string | undefined;
  onChange: (value: readonly string[]) => void;
}

export function CalcsField({ label, value, hint, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const shown =
    value.length === 0 ? (hint === undefined ? "None" : reducerLabel(hint)) : value.map(reducerLabel).join(", ");
  return (
    <div>
      <div className={styles.label}>{label}</div>
      <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} width="target" trapFocus>
        <Popover.Target>
          <button
            type="button"
            className={styles.pick}
            aria-label={`${label}: ${shown}`}
            onClick={() => setOpen(!open)}
          >
            <span>{shown}</span>
            <Icon name="down" size={13} />
          </button>
        </Popover.Target>
        <Popover.Dropdown p={4}>
          <div className={styles.list} role="listbox" aria-label={label} aria-multiselectable="true">
            {REDUCERS.map((one) => (
              <button
                type="button"
                role="option"
                key={one}
                aria-selected={value.includes(one)}
                onClick={() => onChange(value.includes(one) ? value.filter((two) => two !== one) : [...value, one])}
              >
                <span className={styles.tick}>{value.includes(one) && <Icon name="check" size={12} />}</span>
                {reducerLabel(one)}
              </button>
            ))}
          </div>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
