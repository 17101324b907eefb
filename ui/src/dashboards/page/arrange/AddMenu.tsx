// What can be added to a dashboard: a panel, one of the library, a row, a tab.
import { Menu } from "@mantine/core";
import { Icon } from "../../../ui/Icon";
import type { GroupKind } from "../../model/groups/groups";
import styles from "../page.module.css";

interface Props {
  onPanel: () => void;
  onLibrary: () => void;
  onGroup: (kind: GroupKind) => void;
}

export function AddMenu({ onPanel, onLibrary, onGroup }: Props) {
  return (
    <Menu position="bottom-end" offset={4} width={190}>
      <Menu.Target>
        <button type="button" className={styles.quiet} aria-label="Add">
          <Icon name="plus" size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onPanel}>A panel</Menu.Item>
        <Menu.Item onClick={onLibrary}>A panel of the library</Menu.Item>
        <Menu.Item onClick={() => onGroup("row")}>A row</Menu.Item>
        <Menu.Item onClick={() => onGroup("tab")}>A tab</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
