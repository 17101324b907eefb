// The menu of a panel: what one does with it, each with its key, and the links that its author gave it.
import { Menu } from "@mantine/core";
import { apiUrl } from "../../../api/http";
import { useFollow } from "../../../ui/hooks/useFollow";
import { Icon } from "../../../ui/Icon";
import type { PlacedPanel } from "../../model/section";
import { safeHref } from "../../panels/compute/links";
import { MoveItems } from "../arrange/MoveItems";
import { useDashboard } from "../DashboardContext";
import { LibraryItems } from "../LibraryItems";
import styles from "../page.module.css";
import { keysOf, type PanelAction, type PanelActions } from "./actions";

interface Props {
  placed: PlacedPanel;
  viewed: boolean;
  legend: boolean;
  actions: PanelActions;
  lookup: (text: string) => string;
  onFail: (cause: unknown) => void;
}

export function PanelMenu({ placed, viewed, legend, actions, lookup, onFail }: Props) {
  const state = useDashboard();
  const follow = useFollow();
  const { panel } = placed;
  const item = (action: PanelAction, label: string, color?: string) => {
    const run = actions[action];
    if (run === undefined) return null;
    return (
      <Menu.Item
        onClick={run}
        {...(color === undefined ? {} : { color })}
        rightSection={
          <span className={styles.menuKeys} aria-hidden="true">
            {keysOf(action)}
          </span>
        }
      >
        {label}
      </Menu.Item>
    );
  };
  return (
    <Menu position="bottom-end" offset={4} width={220}>
      <Menu.Target>
        <button type="button" className={styles.panelMenu} aria-label={`Menu of ${panel.title || panel.written}`}>
          <Icon name="more" size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah="min(560px, 80vh)" style={{ overflow: "auto" }}>
        {item("view", viewed ? "Back to the dashboard" : "View")}
        {item("edit", "Edit")}
        {item("share", "Share")}
        {item("explore", "Explore")}
        {item("inspect", "Inspect")}
        {panel.links.map((link) => {
          const href = safeHref(lookup(link.url));
          if (href === undefined) return null;
          const full = href.startsWith("http") ? href : apiUrl(href).href;
          return (
            <Menu.Item
              key={link.url + link.title}
              component="a"
              href={full}
              target={link.newTab ? "_blank" : undefined}
              rel="noreferrer"
              onClick={follow}
            >
              {lookup(link.title) || href}
            </Menu.Item>
          );
        })}
        {state.dashboard.editable && (
          <>
            <Menu.Divider />
            <MoveItems panel={panel} />
            <LibraryItems panel={panel} onFail={onFail} />
            {item("legend", legend ? "Hide the legend" : "Show the legend")}
            {item("duplicate", "Duplicate")}
            {item("copy", "Copy")}
            {item("remove", "Remove", "red")}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
