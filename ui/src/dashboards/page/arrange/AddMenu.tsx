// What can be added to a dashboard: a panel, the one that was copied, one of the library, a row, a tab.
import { Menu } from "@mantine/core";
import type { Json } from "../../../api/decode";
import { Icon } from "../../../ui/Icon";
import type { GroupKind } from "../../model/groups/groups";
import styles from "../page.module.css";
import { copiedPanel } from "../panel/copied";

interface Props {
  onPanel: () => void;
  onPaste: (panel: Json) => void;
  onLibrary: () => void;
  onGroup: (kind: GroupKind) => void;
}

export function AddMenu({ onPanel, onPaste, onLibrary, onGroup }: Props) {
  return (
    <Menu position="bottom-end" offset={4} width={190}>
      <Menu.Target>
        <button type="button" className={styles.quiet} aria-label="Add">
          <Icon name="plus" size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onPanel}>A panel</Menu.Item>
        <Paste onPaste={onPaste} />
        <Menu.Item onClick={onLibrary}>A panel of the library</Menu.Item>
        <Menu.Item onClick={() => onGroup("row")}>A row</Menu.Item>
        <Menu.Item onClick={() => onGroup("tab")}>A tab</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Asked when the menu opens: the panel may have been copied in another tab. */
function Paste({ onPaste }: { onPaste: (panel: Json) => void }) {
  const copied = copiedPanel();
  if (copied === undefined) return null;
  return <Menu.Item onClick={() => onPaste(copied)}>The copied panel</Menu.Item>;
}
