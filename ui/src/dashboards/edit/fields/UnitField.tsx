// The unit of values: found by its name, its symbol or what it measures; anything else is written behind the number.
import { Popover } from "@mantine/core";
import { useState } from "react";
import { Icon } from "../../../ui/Icon";
import { UNITS, unitLabel } from "../../field/unitNames";
import { formatValue } from "../../field/units";
import styles from "./fields.module.css";

interface Props {
  label: string;
  value: string;
  onChange: (value: string | undefined) => void;
}

/** A number that shows what a unit does with thousands. */
const SAMPLE = 1_234;

/** More are found by typing. */
const MOST_SHOWN = 80;

export function UnitField({ label, value, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const words = text.trim().toLowerCase();
  const found = UNITS.filter((one) => `${one.name} ${one.id} ${one.group}`.toLowerCase().includes(words));
  const pick = (id: string | undefined) => {
    onChange(id);
    setOpen(false);
    setText("");
  };
  const shown = value === "" ? "None" : unitLabel(value);
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
        <Popover.Dropdown p={0}>
          <input
            className={styles.find}
            placeholder="bytes, seconds, req/s, or your own"
            aria-label="Find a unit"
            value={text}
            data-autofocus
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") pick(found[0]?.id ?? (words === "" ? undefined : `suffix:${text.trim()}`));
            }}
          />
          <div className={styles.list} role="listbox" aria-label="Units">
            {value !== "" && (
              <button type="button" role="option" aria-selected={false} onClick={() => pick(undefined)}>
                None
              </button>
            )}
            {words !== "" && (
              <button type="button" role="option" aria-selected={false} onClick={() => pick(`suffix:${text.trim()}`)}>
                Written behind the number
                <small>{formatValue(SAMPLE, `suffix:${text.trim()}`)}</small>
              </button>
            )}
            {found.slice(0, MOST_SHOWN).map((one) => (
              <button
                type="button"
                role="option"
                key={one.id}
                aria-selected={one.id === value}
                title={one.group}
                onClick={() => pick(one.id)}
              >
                {one.name}
                <small>{formatValue(one.group === "Date and time" ? Date.now() : SAMPLE, one.id)}</small>
              </button>
            ))}
          </div>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
