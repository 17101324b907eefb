// A square button with an icon, a name for screen readers and a tooltip that also tells the key.
import { Tooltip } from "@mantine/core";
import type { MouseEvent } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./IconButton.module.css";

interface Props {
  icon: IconName;
  label: string;
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  keys?: string;
  active?: boolean;
  size?: number;
  disabled?: boolean;
}

export function IconButton({ icon, label, onClick, keys, active, size = 28, disabled }: Props) {
  return (
    <Tooltip label={keys === undefined ? label : `${label}  ${keys}`} openDelay={400} withArrow={false}>
      <button
        type="button"
        className={styles.button}
        aria-label={label}
        aria-pressed={active}
        disabled={disabled}
        onClick={onClick}
        style={{ width: size, height: size }}
      >
        <Icon name={icon} size={Math.min(18, size - 10)} />
      </button>
    </Tooltip>
  );
}
