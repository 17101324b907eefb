// A link to the dashboard or to one of its panels, or the words that frame the panel: with the moments and values that are shown.
import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { shorten } from "../../../api/dashboards/sharing";
import { apiUrl, currentTenant } from "../../../api/http";
import { useTime } from "../../../time/TimeContext";
import { CopyButton } from "../../../ui/copy/CopyButton";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { useDashboard } from "../DashboardContext";
import styles from "../page.module.css";
import { embedCode, shareLink } from "../panel/shareLinks";
import { ShareText } from "./ShareText";

interface Props {
  panel: string | undefined;
  framed: boolean;
}

export function LinkForm({ panel, framed }: Props) {
  const { dashboard, stored } = useDashboard();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const { raw, range: latest } = useTime();
  // What was shown when the dialog was opened: a refresh makes no other link.
  const [range] = useState(latest);
  const [lockTime, setLockTime] = useState(true);
  const [withVariables, setWithVariables] = useState(true);
  const [short, setShort] = useState(false);
  const base = apiUrl("/").href;
  const shared = { base, uid: dashboard.uid, title: dashboard.title, search, raw, range, panel };
  const link = shareLink(shared, { lockTime, withVariables, framed });
  // A short address is looked up before a page could name a tenant.
  const canShorten = !framed && currentTenant() === "";
  const path = link.slice(base.length);
  const shortened = useQuery({
    queryKey: ["short-url", path],
    queryFn: () => shorten(path),
    enabled: short && canShorten,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const isShort = short && canShorten && shortened.data !== undefined;
  const shown = framed ? embedCode(link) : isShort ? `${base}goto/${shortened.data}` : link;
  return (
    <>
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
      {canShorten && (
        <Switch
          size="xs"
          label="A short link"
          checked={short}
          onChange={(event) => setShort(event.currentTarget.checked)}
        />
      )}
      {short && shortened.error !== null && <ErrorNotice error={shortened.error} title="Not shortened" />}
      <ShareText label={framed ? "Words that frame the panel" : "Link"} text={shown} />
      <div className={styles.buttons}>
        <CopyButton label={framed ? "Copy the words" : "Copy the link"} text={() => shown} />
      </div>
    </>
  );
}
