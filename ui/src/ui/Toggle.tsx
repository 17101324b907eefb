// A button that is on or off, or that opens a menu.
import type { ComponentPropsWithRef } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./Toggle.module.css";

interface Props extends Omit<ComponentPropsWithRef<"button">, "type" | "className" | "children"> {
  icon?: IconName;
  label: string;
  on?: boolean | undefined;
  testId?: string;
}

export function Toggle({ icon, label, on, testId, ...rest }: Props) {
  return (
    <button {...rest} type="button" className={styles.toggle} aria-pressed={on} data-testid={testId}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {label}
    </button>
  );
}
