// What one does with a dashboard: save, add, arrange, star, export, read its JSON and history. Quiet until something changed.
import { Button, Menu, Tooltip } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { LibraryElement } from "../../api/dashboards/library";
import type { Json } from "../../api/decode";
import type { Shortcut } from "../../app/keyboard/keys";
import { usePageKeys } from "../../app/keyboard/pageKeys";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import { saveFile } from "../../ui/save/saveFile";
import { dashboardText, type StoredDashboard } from "../api";
import type { GroupKind } from "../model/groups/groups";
import { forOthers } from "../model/share";
import type { Dashboard } from "../model/types";
import { AddMenu } from "./arrange/AddMenu";
import { GridMenu } from "./arrange/GridMenu";
import { DeleteDialog } from "./dialogs/DeleteDialog";
import { HistoryDialog } from "./dialogs/HistoryDialog";
import { LibraryDialog } from "./dialogs/LibraryDialog";
import { SaveDialog } from "./dialogs/SaveDialog";
import { ShareDialog } from "./dialogs/ShareDialog";
import { LeaveGuard } from "./draft/LeaveGuard";
import type { Draft } from "./draft/useDraft";
import styles from "./page.module.css";
import { Star } from "./Star";

interface Props {
  stored: StoredDashboard;
  draft: Draft;
  dashboard: Dashboard;
  editing: boolean;
  viewing: boolean;
  settings: boolean;
  arranging: boolean;
  onArrange: (on: boolean) => void;
  onAdd: () => void;
  onPaste: (panel: Json) => void;
  onAddLibrary: (element: LibraryElement) => void;
  onAddGroup: (kind: GroupKind) => void;
  /** Changes how the panels of the outermost grid stand. */
  onGrid: (change: (json: Json) => Json) => void;
  onSettings: () => void;
  onLeave: () => void;
  children: ReactNode;
}

type Dialog = "save" | "copy" | "history" | "delete" | "library" | "share" | undefined;

const SAVE_KEYS: readonly Shortcut[] = [{ keys: "mod+s", label: "Save the dashboard" }];

export function Toolbar(props: Props) {
  const { stored, draft, dashboard, editing, viewing, arranging, children } = props;
  const [dialog, setDialog] = useState<Dialog>();
  const [error, setError] = useState<unknown>();
  const close = () => setDialog(undefined);
  const isNew = stored.meta.version === 0 && !stored.meta.isReady;
  const save = () => void exportDashboard(dashboard, draft, isNew).catch(setError);
  usePageKeys(SAVE_KEYS, () => setDialog("save"));
  return (
    <div className={styles.toolbar}>
      {viewing && (
        <button type="button" className={styles.back} onClick={props.onLeave}>
          <Icon name="left" size={14} />
          {editing || props.settings ? "Done" : "Dashboard"}
        </button>
      )}
      {children}
      <span className={styles.gap} />
      <div className={styles.end}>
        {error !== undefined && <ErrorNotice error={error} title="Not exported" />}
        {stored.meta.provisioned !== undefined && (
          <Tooltip label={`It stands as ${stored.meta.provisioned.file || "its file"} says: save a copy to change it`}>
            <span className={styles.provisioned}>From a file</span>
          </Tooltip>
        )}
        {draft.changed && <span className={styles.changed}>Unsaved changes</span>}
        {draft.undo !== undefined && (
          <button type="button" className={styles.quiet} onClick={draft.undo}>
            Undo
          </button>
        )}
        {!isNew && !viewing && <Star uid={dashboard.uid} />}
        {!viewing && (
          <>
            {dashboard.editable && (
              <>
                <button
                  type="button"
                  className={styles.quiet}
                  aria-pressed={arranging}
                  onClick={() => props.onArrange(!arranging)}
                >
                  {arranging ? "Done" : "Arrange"}
                </button>
                {arranging && <GridMenu json={draft.json} onGrid={props.onGrid} />}
                <AddMenu
                  onPanel={props.onAdd}
                  onPaste={props.onPaste}
                  onLibrary={() => setDialog("library")}
                  onGroup={props.onAddGroup}
                />
              </>
            )}
            <IconButton icon="share" label="Share this dashboard" onClick={() => setDialog("share")} />
            <IconButton icon="settings" label="Settings of the dashboard" keys="d s" onClick={props.onSettings} />
          </>
        )}
        {(draft.changed || isNew) && (
          <Button size="compact-sm" onClick={() => setDialog("save")} data-testid="save">
            {stored.meta.provisioned === undefined ? "Save" : "Save a copy"}
          </Button>
        )}
        <Menu position="bottom-end" offset={4} width={200}>
          <Menu.Target>
            <button
              type="button"
              className={styles.quiet}
              aria-label="More about this dashboard"
              data-testid="dashboard-menu"
            >
              <Icon name="more" size={16} />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {stored.meta.provisioned === undefined && (
              <Menu.Item onClick={() => setDialog("save")}>Save as it is</Menu.Item>
            )}
            {!isNew && <Menu.Item onClick={() => setDialog("copy")}>Save as a copy</Menu.Item>}
            <Menu.Item onClick={save}>Export JSON</Menu.Item>
            <Menu.Item onClick={() => saveJson(dashboard.title, JSON.stringify(forOthers(draft.json), null, 2))}>
              Export for another server
            </Menu.Item>
            <Menu.Item onClick={props.onSettings}>Settings</Menu.Item>
            <Menu.Item onClick={() => setDialog("history")}>Versions</Menu.Item>
            {draft.changed && <Menu.Item onClick={draft.discard}>Discard changes</Menu.Item>}
            <Menu.Divider />
            <Menu.Item color="red" disabled={stored.meta.provisioned !== undefined} onClick={() => setDialog("delete")}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {(dialog === "save" || dialog === "copy") && (
        <SaveDialog stored={stored} draft={draft} copy={dialog === "copy"} onClose={close} />
      )}
      <LeaveGuard isChanged={draft.isOwed} onSave={() => setDialog("save")} />
      {dialog === "share" && <ShareDialog title={dashboard.title} onClose={close} />}
      {dialog === "history" && <HistoryDialog uid={dashboard.uid} stored={stored} onClose={close} />}
      {dialog === "delete" && <DeleteDialog dashboard={dashboard} onClose={close} />}
      {dialog === "library" && (
        <LibraryDialog
          onPick={(element) => {
            props.onAddLibrary(element);
            close();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

/** What is stored goes out to the byte; with unsaved edits, as the page has it. */
async function exportDashboard(dashboard: Dashboard, draft: Draft, isNew: boolean): Promise<void> {
  const text = draft.changed || isNew ? JSON.stringify(draft.json, null, 2) : await dashboardText(dashboard.uid);
  saveJson(dashboard.title, text);
}

function saveJson(title: string, text: string): void {
  saveFile(`${title.replaceAll(/[^\w-]+/g, "-").slice(0, 80) || "dashboard"}.json`, "application/json", text);
}
