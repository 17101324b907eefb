// One panel of the library, edited by itself: on no dashboard, so that variables of dashboards have no values here.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { readLibrary, renameInLibrary } from "../../../api/dashboards/library";
import { usePageTitle } from "../../../app/pageTitle";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { SkeletonBlock } from "../../../ui/Skeletons";
import { TextField } from "../../edit/fields/TextField";
import { LibraryPanelEditor } from "../../edit/LibraryPanelEditor";
import { parseDashboard } from "../../model/parse";
import { DashboardContext, type DashboardState } from "../DashboardContext";
import styles from "../page.module.css";

const nothing = () => undefined;

export function LibraryPanelPage() {
  const { uid = "" } = useParams({ strict: false });
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const found = useQuery({
    queryKey: ["library", uid],
    queryFn: ({ signal }) => readLibrary(uid, signal),
    staleTime: 60_000,
  });
  const name = found.data?.name ?? "";
  usePageTitle(name || "Library panel");
  const state = useMemo((): DashboardState => {
    const panels = [{ id: 1, type: "timeseries", title: "", libraryPanel: { uid, name } }];
    return {
      dashboard: parseDashboard({ title: name, panels }),
      variables: new Map(),
      ready: true,
      events: [],
      stored: false,
      inspected: undefined,
      onInspect: nothing,
      onView: nothing,
      onEdit: nothing,
      onLink: nothing,
      onUnlink: nothing,
      onMove: nothing,
      onRemove: nothing,
      onDuplicate: nothing,
      onCopy: nothing,
      onLegends: nothing,
    };
  }, [uid, name]);
  if (found.error !== null) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
  const [panel] = state.dashboard.panels;
  const { data } = found;
  if (data === undefined || panel === undefined) return <SkeletonBlock height={320} />;
  const rename = async (to: string) => {
    if (to.trim() === "" || to === data.name) return;
    try {
      setError(undefined);
      await renameInLibrary(data, to.trim());
      await client.invalidateQueries({ queryKey: ["library"] });
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <DashboardContext value={state}>
      <div className={styles.page}>
        <div className={styles.toolbar}>
          <Link to="/library-panels" className={styles.back}>
            Library
          </Link>
          <TextField label="Name" value={data.name} onChange={(to) => void rename(to)} />
          {error !== undefined && <ErrorNotice error={error} title="Not renamed" />}
        </div>
        <LibraryPanelEditor
          placed={{ key: "panel-1", panel, place: panel.place, scope: new Map() }}
          reference={{ uid, name: data.name }}
          alone
        />
      </div>
    </DashboardContext>
  );
}
