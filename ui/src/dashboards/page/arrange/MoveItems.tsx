// The rows and tabs that a panel could stand in instead.
import { Menu } from "@mantine/core";
import { groupsOf } from "../../model/groups/groups";
import type { Panel } from "../../model/types";
import { useDashboard } from "../DashboardContext";

/** More are reached by dragging. */
const MOST_SHOWN = 20;

export function MoveItems({ panel }: { panel: Panel }) {
  const { dashboard, onMove } = useDashboard();
  const groups = groupsOf(dashboard, panel);
  if (groups.length === 0) return null;
  return (
    <>
      <Menu.Label>Move to</Menu.Label>
      {groups.slice(0, MOST_SHOWN).map((one) => (
        <Menu.Item key={one.path?.join(".") ?? ""} onClick={() => onMove(panel, one.path)}>
          {one.title}
        </Menu.Item>
      ))}
      <Menu.Divider />
    </>
  );
}
