// A dashboard: read, shown, changed and saved. Its address holds everything that can be shared.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonBlock } from "../../ui/Skeletons";
import { readDashboard, readSnapshot, type StoredDashboard } from "../api";
import { FRESH } from "../model/fresh";
import { DashboardView } from "./DashboardView";
import styles from "./page.module.css";
import type { DashboardSearch } from "./search";

const NEW: StoredDashboard = {
  json: FRESH,
  meta: { version: 0, folderUid: "", folderTitle: "", updated: "", isReady: false, provisioned: undefined },
};

export function NewDashboardPage() {
  const { folderUid = "" } = useSearch({ strict: false }) as DashboardSearch;
  const stored = useMemo(() => ({ ...NEW, meta: { ...NEW.meta, folderUid } }), [folderUid]);
  return <DashboardView key="new" stored={stored} />;
}

export function DashboardPage() {
  const { uid = "" } = useParams({ strict: false });
  const found = useQuery({
    queryKey: ["dashboard", uid],
    queryFn: ({ signal }) => readDashboard(uid, signal),
    gcTime: 300_000,
  });
  return <Found name={uid} found={found} />;
}

export function SnapshotPage() {
  const { key = "" } = useParams({ strict: false });
  const found = useQuery({
    queryKey: ["snapshot", key],
    queryFn: ({ signal }) => readSnapshot(key, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return <Found name={`snapshot ${key}`} found={found} />;
}

function Found({ name, found }: { readonly name: string; readonly found: UseQueryResult<StoredDashboard> }) {
  if (found.error !== null && found.data === undefined) {
    return (
      <div className={styles.message}>
        <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />
      </div>
    );
  }
  if (found.data === undefined) {
    return (
      <div className={styles.message}>
        <SkeletonBlock height={160} />
        <SkeletonBlock height={260} />
      </div>
    );
  }
  return <DashboardView key={name} stored={found.data} />;
}
