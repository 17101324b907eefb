// What may be done with a query row among others: hidden, doubled, moved.
import { Menu } from "@mantine/core";
import { IconButton } from "../ui/IconButton";

interface Props {
  letter: string;
  isFirst: boolean;
  isLast: boolean;
  hidden: boolean;
  /** Undefined for the only one. */
  onHide: (() => void) | undefined;
  onDuplicate: (() => void) | undefined;
  onMove: (by: -1 | 1) => void;
  onWays: (() => void) | undefined;
}

export function RowMenu({ letter, isFirst, isLast, hidden, onHide, onDuplicate, onMove, onWays }: Props) {
  return (
    <>
      {onHide !== undefined && (
        <IconButton
          icon={hidden ? "eyeOff" : "eye"}
          label={hidden ? `Show query ${letter}` : `Hide query ${letter}`}
          size={24}
          onClick={onHide}
        />
      )}
      <Menu position="bottom-end" offset={4}>
        <Menu.Target>
          <IconButton icon="more" label={`More of query ${letter}`} size={24} />
        </Menu.Target>
        <Menu.Dropdown>
          {onWays !== undefined && <Menu.Item onClick={onWays}>Legend and step</Menu.Item>}
          <Menu.Item disabled={onDuplicate === undefined} onClick={onDuplicate}>
            Duplicate
          </Menu.Item>
          <Menu.Item disabled={isFirst} onClick={() => onMove(-1)}>
            Move up
          </Menu.Item>
          <Menu.Item disabled={isLast} onClick={() => onMove(1)}>
            Move down
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
