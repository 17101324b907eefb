// A square button with an icon, a name for screen readers and a tooltip that also tells the key.
import { Tooltip } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./IconButton.module.css";

/** What a menu gives to the button that opens it is passed on. */
interface Props extends Omit<ComponentPropsWithRef<"button">, "type" | "className" | "children" | "style"> {
  icon: IconName;
  label: string;
  keys?: string;
  active?: boolean;
  size?: number;
}

export function IconButton({ icon, label, keys, active, size = 28, ...rest }: Props) {
  return (
    <Tooltip label={keys === undefined ? label : `${label}  ${keys}`} openDelay={400} withArrow={false}>
      <button
        {...rest}
        type="button"
        className={styles.button}
        aria-label={label}
        aria-pressed={active}
        style={{ width: size, height: size }}
      >
        <Icon name={icon} size={Math.min(18, size - 10)} />
      </button>
    </Tooltip>
  );
}
