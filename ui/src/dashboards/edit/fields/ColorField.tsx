// A colour by the name that dashboards use: the palette with its shades, or any other by the browser's own picker.
import { Popover } from "@mantine/core";
import { useState } from "react";
import { useDark } from "../../../ui/hooks/useDark";
import { cssColor } from "../../field/colors";
import styles from "./fields.module.css";

const HUES = ["green", "yellow", "orange", "red", "blue", "purple"];
const SHADES = ["dark-", "semi-dark-", "", "light-", "super-light-"];
const PLAIN = ["text", "gray", "transparent"];

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function ColorField({ label, value, onChange }: Props) {
  const dark = useDark();
  const [open, setOpen] = useState(false);
  const pick = (name: string) => {
    onChange(name);
    setOpen(false);
  };
  const swatch = (name: string) => (
    <button
      type="button"
      key={name}
      className={styles.swatch}
      aria-label={name}
      aria-pressed={name === value}
      title={name}
      data-transparent={name === "transparent"}
      style={{ background: cssColor(name, dark) }}
      onClick={() => pick(name)}
    />
  );
  const shown = cssColor(value, dark);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={styles.color}
          aria-label={`${label}: ${value || "none"}`}
          title={value}
          onClick={() => setOpen(!open)}
        >
          <span style={{ background: shown }} data-transparent={shown === undefined || shown === "transparent"} />
        </button>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        <div className={styles.palette}>
          {HUES.map((hue) => (
            <div key={hue}>{SHADES.map((shade) => swatch(`${shade}${hue}`))}</div>
          ))}
          <div>{PLAIN.map(swatch)}</div>
        </div>
        <label className={styles.own}>
          Another
          <input
            type="color"
            value={/^#[0-9a-f]{6}$/i.test(value) ? value : "#5aa9e6"}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        </label>
      </Popover.Dropdown>
    </Popover>
  );
}
