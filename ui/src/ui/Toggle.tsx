// A button that is on or off.

import { Icon, type IconName } from "./Icon";
import styles from "./Toggle.module.css";

interface Props {
  icon?: IconName;
  label: string;
  on?: boolean;
  onClick: () => void;
  testId?: string;
}

export function Toggle({ icon, label, on, onClick, testId }: Props) {
  return (
    <button type="button" className={styles.toggle} aria-pressed={on} onClick={onClick} data-testid={testId}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {label}
    </button>
  );
}
