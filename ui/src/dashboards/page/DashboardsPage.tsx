// All dashboards: find one, open it, or bring one in by file or paste.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { usePageTitle } from "../../app/pageTitle";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { type DashboardHit, searchDashboards } from "../api";
import { ImportDialog } from "./dialogs/ImportDialog";
import styles from "./page.module.css";

export function DashboardsPage({ importing = false }: { importing?: boolean }) {
  usePageTitle("Dashboards");
  const [text, setText] = useState("");
  const [tag, setTag] = useState<string>();
  const [open, setOpen] = useState(importing);
  const { folder: wanted } = useParams({ strict: false }) as { folder?: string };
  const found = useQuery({
    queryKey: ["dashboards"],
    queryFn: ({ signal }) => searchDashboards(signal),
    staleTime: 5_000,
  });
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = (found.data ?? []).filter(
    (one) =>
      (wanted === undefined || one.folderUid === wanted) &&
      (tag === undefined || one.tags.includes(tag)) &&
      words.every((word) => `${one.title} ${one.tags.join(" ")} ${one.folder}`.toLowerCase().includes(word)),
  );
  const starred = hits.filter((one) => one.starred);
  const folders = [...new Set(hits.map((one) => one.folder))].sort();
  return (
    <div className={styles.listPage} data-testid="dashboards">
      <div className={styles.listHead}>
        <input
          className={styles.find}
          placeholder="Find a dashboard by name, tag or folder"
          value={text}
          aria-label="Find a dashboard"
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {wanted !== undefined && (
          <Link to="/dashboards" search={({ tenant }) => ({ tenant })} className={styles.tag} data-on="true">
            {(found.data ?? []).find((one) => one.folderUid === wanted)?.folder ?? "Folder"} ×
          </Link>
        )}
        {tag !== undefined && (
          <button type="button" className={styles.tag} data-on="true" onClick={() => setTag(undefined)}>
            {tag} ×
          </button>
        )}
        <span className={styles.gap} />
        <Button size="compact-sm" variant="default" component={Link} to="/library-panels">
          Library panels
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setOpen(true)} data-testid="import">
          Import
        </Button>
        <Button size="compact-sm" component={Link} to="/dashboard/new">
          New dashboard
        </Button>
      </div>
      {found.error !== null && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.isLoading && <SkeletonRows rows={8} />}
      {found.data !== undefined && hits.length === 0 && (
        <Notice title="No dashboard of that name">Import one from a file, or make a new one.</Notice>
      )}
      {starred.length > 0 && starred.length < hits.length && (
        <section className={styles.folder} data-testid="starred">
          <h2>Starred</h2>
          {starred.map((one) => (
            <Row key={one.uid} one={one} onTag={setTag} />
          ))}
        </section>
      )}
      {folders.map((folder) => (
        <section key={folder} className={styles.folder}>
          {(folders.length > 1 || folder !== "") && <h2>{folder || "Dashboards"}</h2>}
          {hits
            .filter((one) => one.folder === folder)
            .map((one) => (
              <Row key={one.uid} one={one} onTag={setTag} />
            ))}
        </section>
      ))}
      {open && <ImportDialog onClose={() => setOpen(false)} />}
    </div>
  );
}

export function ImportPage() {
  return <DashboardsPage importing />;
}

function Row({ one, onTag }: { one: DashboardHit; onTag: (tag: string) => void }) {
  return (
    <div className={styles.hit}>
      <Link
        to="/d/$uid"
        params={{ uid: one.uid }}
        search={(old) => ({ tenant: old.tenant })}
        className={styles.hitName}
        data-testid="dashboard-link"
      >
        {one.title}
        {one.starred && <Icon name="star" size={13} />}
      </Link>
      <span className={styles.hitNote} title={one.description}>
        {one.description}
      </span>
      <span className={styles.tags}>
        {one.tags.map((tag) => (
          <button type="button" key={tag} className={styles.tag} onClick={() => onTag(tag)}>
            {tag}
          </button>
        ))}
      </span>
    </div>
  );
}
