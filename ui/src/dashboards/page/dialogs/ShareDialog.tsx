// A link to what is shown, or the words that frame one panel in another page.
import { Switch } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { apiUrl } from "../../../api/http";
import { useTime } from "../../../time/TimeContext";
import { CopyButton } from "../../../ui/copy/CopyButton";
import { Dialog } from "../../../ui/Dialog";
import { Toggle } from "../../../ui/Toggle";
import { useDashboard } from "../DashboardContext";
import styles from "../page.module.css";
import { embedCode, shareLink } from "../panel/shareLinks";

interface Props {
  /** One panel, by its key; without it the dashboard. */
  panel?: string | undefined;
  title: string;
  /** What it begins with. */
  as?: "link" | "embed";
  onClose: () => void;
}

export function ShareDialog({ panel, title, as = "link", onClose }: Props) {
  const { dashboard, stored } = useDashboard();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const { raw, range } = useTime();
  const [shape, setShape] = useState(as);
  const [lockTime, setLockTime] = useState(true);
  const [withVariables, setWithVariables] = useState(true);
  const base = apiUrl("/").href;
  const shared = { base, uid: dashboard.uid, title: dashboard.title, search, raw, range, panel };
  const framed = shape === "embed";
  const link = shareLink(shared, { lockTime, withVariables, framed });
  const shown = framed ? embedCode(link) : link;
  return (
    <Dialog onClose={onClose} title={`Share ${title}`} size={620}>
      <div className={styles.form}>
        {panel !== undefined && (
          <div className={styles.tabs}>
            <Toggle label="Link" on={!framed} onClick={() => setShape("link")} />
            <Toggle label="Embed" on={framed} onClick={() => setShape("embed")} />
          </div>
        )}
        {!stored && <p className={styles.versionLead}>It is not saved yet: the link works once it is.</p>}
        <Switch
          size="xs"
          label="Hold the time that is shown now"
          checked={lockTime}
          onChange={(event) => setLockTime(event.currentTarget.checked)}
        />
        {dashboard.variables.length > 0 && (
          <Switch
            size="xs"
            label="With the chosen variables"
            checked={withVariables}
            onChange={(event) => setWithVariables(event.currentTarget.checked)}
          />
        )}
        <textarea
          className={styles.shareText}
          readOnly
          rows={4}
          value={shown}
          aria-label={framed ? "Words that frame the panel" : "Link"}
          onFocus={(event) => event.currentTarget.select()}
        />
        <div className={styles.buttons}>
          <CopyButton label={framed ? "Copy the words" : "Copy the link"} text={() => shown} />
        </div>
      </div>
    </Dialog>
  );
}
