// All dashboards: find one, open it, or bring one in by file or paste.
import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, useState } from "react";
import { ApiError } from "../../api/http";
import { usePageTitle } from "../../app/pageTitle";
import { count } from "../../format/number";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { type DashboardHit, saveDashboard, searchDashboards } from "../api";
import { isDashboardJson, parseDashboard, unwrap } from "../model/parse";
import styles from "./page.module.css";

export function DashboardsPage({ importing = false }: { importing?: boolean }) {
  usePageTitle("Dashboards");
  const [text, setText] = useState("");
  const [tag, setTag] = useState<string>();
  const [open, setOpen] = useState(importing);
  const found = useQuery({
    queryKey: ["dashboards"],
    queryFn: ({ signal }) => searchDashboards(signal),
    staleTime: 5_000,
  });
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = (found.data ?? []).filter(
    (one) =>
      (tag === undefined || one.tags.includes(tag)) &&
      words.every((word) => `${one.title} ${one.tags.join(" ")} ${one.folder}`.toLowerCase().includes(word)),
  );
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
        {tag !== undefined && (
          <button type="button" className={styles.tag} data-on="true" onClick={() => setTag(undefined)}>
            {tag} ×
          </button>
        )}
        <span className={styles.gap} />
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
      {open && <Import onClose={() => setOpen(false)} />}
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

interface Result {
  readonly name: string;
  readonly uid: string | undefined;
  readonly error: string | undefined;
}

function Import({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [results, setResults] = useState<readonly Result[]>([]);
  const take = async (files: readonly { name: string; text: string }[]) => {
    setBusy(true);
    const done: Result[] = [];
    for (const file of files) done.push(await importOne(file.name, file.text));
    setResults(done);
    setBusy(false);
    await client.invalidateQueries({ queryKey: ["dashboards"] });
    const only = done.length === 1 ? done[0] : undefined;
    if (only?.uid !== undefined) {
      onClose();
      void navigate({ to: "/d/$uid", params: { uid: only.uid }, search: (old) => ({ tenant: old.tenant }) });
    }
  };
  const readFiles = async (list: FileList | null) => {
    const files = [...(list ?? [])];
    await take(await Promise.all(files.map(async (one) => ({ name: one.name, text: await one.text() }))));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void readFiles(event.dataTransfer.files);
  };
  return (
    <Modal opened onClose={onClose} title="Import dashboards" size={620} transitionProps={{ duration: 0 }}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping files is an extra; the button does the same */}
      <div className={styles.form} onDrop={drop} onDragOver={(event) => event.preventDefault()}>
        <label className={styles.drop}>
          Choose files, or drop them here
          <input
            type="file"
            accept=".json,application/json"
            multiple
            onChange={(event) => void readFiles(event.currentTarget.files)}
            data-testid="import-file"
          />
        </label>
        <textarea
          className={styles.json}
          style={{ minHeight: 200 }}
          placeholder="or paste the JSON of a dashboard"
          aria-label="JSON of a dashboard"
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {results.map((one) => (
          <div key={one.name} className={styles.change}>
            <b>{one.name}</b>
            {one.error === undefined ? <span>imported</span> : <span className={styles.fault}>{one.error}</span>}
          </div>
        ))}
        <div className={styles.buttons}>
          <Button
            size="xs"
            loading={busy}
            disabled={text.trim() === ""}
            onClick={() => void take([{ name: "Pasted text", text }])}
            data-testid="import-run"
          >
            Import
          </Button>
        </div>
      </div>
    </Modal>
  );
}

async function importOne(name: string, text: string): Promise<Result> {
  try {
    const value: unknown = JSON.parse(text);
    if (!isDashboardJson(value))
      return { name, uid: undefined, error: "This JSON is no dashboard: it has neither panels nor rows." };
    const json = unwrap(value);
    const dashboard = parseDashboard(json);
    const saved = await saveDashboard(json, 0, "", "Imported", true);
    return {
      name: `${dashboard.title} (${count(dashboard.panels.length, "panel")})`,
      uid: saved.uid,
      error: undefined,
    };
  } catch (cause) {
    const message =
      cause instanceof SyntaxError
        ? `Not JSON: ${cause.message}`
        : cause instanceof ApiError
          ? cause.message
          : String(cause);
    return { name, uid: undefined, error: message };
  }
}
