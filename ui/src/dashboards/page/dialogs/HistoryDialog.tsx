// The versions of a dashboard: what differs between one and what is shown, and the way back to it.
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { dashboardVersions, readVersion, restoreVersion, type StoredDashboard } from "../../api";
import styles from "../page.module.css";
import { Changes } from "./Changes";

interface Props {
  uid: string;
  stored: StoredDashboard;
  onClose: () => void;
}

export function HistoryDialog({ uid, stored, onClose }: Props) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<number>();
  const [error, setError] = useState<unknown>();
  const found = useQuery({
    queryKey: ["dashboard", uid, "versions"],
    queryFn: ({ signal }) => dashboardVersions(uid, signal),
    staleTime: 0,
  });
  const version = useQuery({
    queryKey: ["dashboard", uid, "version", chosen],
    queryFn: ({ signal }) => readVersion(uid, chosen ?? 0, signal),
    enabled: chosen !== undefined,
  });
  const restore = async (number: number) => {
    try {
      await restoreVersion(uid, number);
      await client.invalidateQueries({ queryKey: ["dashboard", uid] });
      await client.invalidateQueries({ queryKey: ["dashboards"] });
      onClose();
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Dialog onClose={onClose} title="Versions" size={720}>
      {found.error !== null && <ErrorNotice error={found.error} />}
      {found.data?.length === 0 && "It was never saved here."}
      <div className={styles.versions} data-testid="versions">
        {(found.data ?? []).map((one) => (
          <button
            type="button"
            key={one.version}
            className={styles.version}
            aria-pressed={one.version === chosen}
            onClick={() => setChosen(one.version)}
          >
            <b>Version {one.version}</b>
            <span>{one.created.replace("T", " ").replace(/\..*$/, "")}</span>
            <span className={styles.versionWords}>{one.message}</span>
            {one.version === stored.meta.version && <span>shown now</span>}
          </button>
        ))}
      </div>
      {version.error !== null && <ErrorNotice error={version.error} />}
      {chosen !== undefined && version.data !== undefined && (
        <>
          <p className={styles.versionLead}>From version {chosen} to what is shown now:</p>
          <Changes before={version.data} after={stored.json} />
          {error !== undefined && <ErrorNotice error={error} title="Not restored" />}
          {chosen !== stored.meta.version && (
            <div className={styles.buttons}>
              <Button size="xs" onClick={() => void restore(chosen)}>
                Restore version {chosen}
              </Button>
            </div>
          )}
        </>
      )}
    </Dialog>
  );
}
