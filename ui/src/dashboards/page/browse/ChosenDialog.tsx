// What was chosen goes into another folder, or goes away. What cannot is told beside what could.
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteFolder, type Folder, moveFolder } from "../../../api/dashboards/folders";
import { count } from "../../../format/number";
import { Dialog } from "../../../ui/Dialog";
import { type DashboardHit, deleteDashboard, moveDashboard } from "../../api";
import { FolderSelect, settleFolder } from "../dialogs/FolderSelect";
import styles from "../page.module.css";

interface Props {
  act: "move" | "delete";
  folders: readonly Folder[];
  dashboards: readonly DashboardHit[];
  /** What is in the folders, at any depth. */
  inside: number;
  onDone: () => void;
  onClose: () => void;
}

export function ChosenDialog({ act, folders, dashboards, inside, onDone, onClose }: Props) {
  const client = useQueryClient();
  const [target, setTarget] = useState<{ uid: string; fresh: string | undefined }>({ uid: "", fresh: undefined });
  const [failed, setFailed] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    const faults: string[] = [];
    const attempt = async (name: string, doIt: () => Promise<unknown>) =>
      doIt().catch((cause) => faults.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`));
    let folderUid = "";
    await attempt("The folder", async () => {
      folderUid = act === "move" ? await settleFolder(target) : "";
      setTarget({ uid: folderUid, fresh: undefined });
    });
    if (faults.length === 0) {
      for (const one of folders) {
        await attempt(one.title, () => (act === "move" ? moveFolder(one.uid, folderUid) : deleteFolder(one.uid)));
      }
      for (const one of dashboards) {
        await attempt(one.title, () => (act === "move" ? moveDashboard(one.uid, folderUid) : deleteDashboard(one.uid)));
        client.removeQueries({ queryKey: ["dashboard", one.uid] });
      }
    }
    await client.invalidateQueries({ queryKey: ["folders"] });
    await client.invalidateQueries({ queryKey: ["dashboards"] });
    setBusy(false);
    setFailed(faults);
    if (faults.length === 0) onDone();
  };
  const what = [
    ...(folders.length > 0 ? [count(folders.length, "folder")] : []),
    ...(dashboards.length > 0 ? [count(dashboards.length, "dashboard")] : []),
  ].join(" and ");
  return (
    <Dialog onClose={onClose} title={`${act === "move" ? "Move" : "Delete"} ${what}`} size={460}>
      <div className={styles.form}>
        {act === "move" ? (
          <FolderSelect value={target} onChange={setTarget} />
        ) : (
          <p className={styles.versionLead}>
            {[...folders, ...dashboards]
              .slice(0, MOST_NAMED)
              .map((one) => one.title)
              .join(", ")}
            {folders.length + dashboards.length > MOST_NAMED && " and others"}
            {inside > 0 && `. ${count(inside, "dashboard")} in the folders go too`}.
          </p>
        )}
        {failed.map((one) => (
          <div key={one} className={styles.fault} role="alert">
            {one}
          </div>
        ))}
        <div className={styles.buttons}>
          <Button size="xs" loading={busy} {...(act === "delete" ? { color: "red" } : {})} onClick={() => void run()}>
            {act === "move" ? "Move" : "Delete"}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** More names are not read. */
const MOST_NAMED = 6;
