// A snapshot of the dashboard: named, with an end, taken while one sees how far it is, and its link.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { createSnapshot, deleteSnapshot } from "../../../api/dashboards/sharing";
import { apiUrl, currentTenant } from "../../../api/http";
import { stringifySearch } from "../../../app/search";
import { useTime } from "../../../time/TimeContext";
import { CopyButton } from "../../../ui/copy/CopyButton";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { takeSnapshot } from "../../snapshot/takeSnapshot";
import { useDashboard } from "../DashboardContext";
import styles from "../page.module.css";
import { ShareText } from "./ShareText";

/** When it ends, seconds from now. */
const ENDS = [
  { value: "604800", label: "A week" },
  { value: "3600", label: "An hour" },
  { value: "86400", label: "A day" },
  { value: "2592000", label: "30 days" },
  { value: "0", label: "Never" },
];

interface Made {
  readonly key: string;
  readonly failed: readonly string[];
}

export function SnapshotForm() {
  const state = useDashboard();
  const { range, raw, now } = useTime();
  const client = useQueryClient();
  const [name, setName] = useState(state.dashboard.title);
  const [ends, setEnds] = useState("604800");
  const [done, setDone] = useState<readonly [number, number]>();
  const [made, setMade] = useState<Made>();
  const [error, setError] = useState<unknown>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const take = async () => {
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    setError(undefined);
    setDone([0, 0]);
    try {
      const { json, failed } = await takeSnapshot({ state, range, raw, now }, (...at) => setDone(at), signal);
      signal.throwIfAborted();
      setMade({ key: await createSnapshot(json, name, Number(ends)), failed });
      void client.invalidateQueries({ queryKey: ["snapshots"] });
    } catch (cause) {
      if (!signal.aborted) setError(cause);
    } finally {
      setDone(undefined);
    }
  };
  if (made !== undefined) return <Result made={made} onGone={() => setMade(undefined)} />;
  return (
    <>
      <p className={styles.versionLead}>
        A snapshot holds the data that every panel shows now. Who has its link sees it, whatever becomes of the
        dashboard.
      </p>
      <TextInput size="xs" label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <NativeSelect
        size="xs"
        label="It ends after"
        value={ends}
        data={ENDS}
        onChange={(event) => setEnds(event.currentTarget.value)}
      />
      {error !== undefined && <ErrorNotice error={error} title="No snapshot was taken" />}
      <div className={styles.buttons}>
        {done === undefined ? (
          <Button size="compact-sm" disabled={!state.ready} onClick={() => void take()}>
            Take a snapshot
          </Button>
        ) : (
          <>
            <span role="status">
              {done[0]} of {done[1]} panels
            </span>
            <Button size="compact-sm" variant="default" onClick={() => running.current?.abort()}>
              Stop
            </Button>
          </>
        )}
      </div>
    </>
  );
}

export function snapshotLink(key: string): string {
  const tenant = currentTenant();
  return `${apiUrl(`/dashboard/snapshot/${encodeURIComponent(key)}`).href}${stringifySearch({ tenant })}`;
}

function Result({ made: { key, failed }, onGone }: { made: Made; onGone: () => void }) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const link = snapshotLink(key);
  const remove = () =>
    void deleteSnapshot(key).then(() => {
      void client.invalidateQueries({ queryKey: ["snapshots"] });
      onGone();
    }, setError);
  return (
    <>
      {failed.length > 0 && (
        <ErrorNotice error={new Error(failed.join("; "))} title={`${failed.length} panels are without data`} />
      )}
      {error !== undefined && <ErrorNotice error={error} title="Not deleted" />}
      <ShareText label="Link to the snapshot" text={link} />
      <div className={styles.buttons}>
        <Button size="compact-sm" variant="default" color="red" onClick={remove}>
          Delete it
        </Button>
        <CopyButton label="Copy the link" text={() => link} />
      </div>
    </>
  );
}
