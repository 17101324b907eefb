// What one does with a dashboard: save, add, export, read its JSON and history. Quiet until something changed.
import { Button, Menu, Modal, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { record } from "../../api/decode";
import { ApiError } from "../../api/http";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import { dashboardVersions, deleteDashboard, type StoredDashboard } from "../api";
import { changesOf } from "../model/changes";
import { titleOf, uidOf, withTitle } from "../model/document";
import type { Dashboard } from "../model/types";
import styles from "./page.module.css";
import type { Draft } from "./useDraft";

interface Props {
  stored: StoredDashboard;
  draft: Draft;
  dashboard: Dashboard;
  editing: boolean;
  viewing: boolean;
  onAdd: () => void;
  onLeave: () => void;
  children: ReactNode;
}

type Dialog = "save" | "json" | "history" | "delete" | undefined;

export function Toolbar({ stored, draft, dashboard, editing, viewing, onAdd, onLeave, children }: Props) {
  const [dialog, setDialog] = useState<Dialog>();
  const close = () => setDialog(undefined);
  return (
    <div className={styles.toolbar}>
      {viewing && (
        <button type="button" className={styles.back} onClick={onLeave}>
          <Icon name="left" size={14} />
          {editing ? "Done" : "Dashboard"}
        </button>
      )}
      {children}
      <span className={styles.gap} />
      {draft.changed && <span className={styles.changed}>Unsaved changes</span>}
      {draft.undo !== undefined && (
        <button type="button" className={styles.quiet} onClick={draft.undo}>
          Undo
        </button>
      )}
      {!viewing && <IconButton icon="plus" label="Add a panel" onClick={onAdd} />}
      {(draft.changed || stored.meta.version === 0) && !stored.meta.isReady ? (
        <Button size="compact-sm" onClick={() => setDialog("save")} data-testid="save">
          Save
        </Button>
      ) : (
        draft.changed && (
          <Button size="compact-sm" onClick={() => setDialog("save")} data-testid="save">
            Save
          </Button>
        )
      )}
      <Menu position="bottom-end" offset={4} width={180}>
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
          <Menu.Item onClick={() => setDialog("save")}>Save as it is</Menu.Item>
          <Menu.Item onClick={() => download(dashboard, draft)}>Export JSON</Menu.Item>
          <Menu.Item onClick={() => setDialog("json")}>Edit JSON</Menu.Item>
          <Menu.Item onClick={() => setDialog("history")}>Versions</Menu.Item>
          {draft.changed && <Menu.Item onClick={draft.discard}>Discard changes</Menu.Item>}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => setDialog("delete")}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "save" && <Save stored={stored} draft={draft} onClose={close} />}
      {dialog === "json" && <EditJson draft={draft} onClose={close} />}
      {dialog === "history" && <History uid={dashboard.uid} onClose={close} />}
      {dialog === "delete" && <Delete dashboard={dashboard} onClose={close} />}
    </div>
  );
}

function download(dashboard: Dashboard, draft: Draft): void {
  const blob = new Blob([JSON.stringify(draft.json, null, 2)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${dashboard.title.replaceAll(/[^\w-]+/g, "-").slice(0, 80) || "dashboard"}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function Save({ stored, draft, onClose }: { stored: StoredDashboard; draft: Draft; onClose: () => void }) {
  const navigate = useNavigate();
  const [title, setTitle] = useState(titleOf(draft.json));
  const [message, setMessage] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const changes = changesOf(stored.json, draft.json);
  const isClash = error instanceof ApiError && error.status === 412;
  const save = async (overwrite: boolean) => {
    setBusy(true);
    setError(undefined);
    try {
      if (title !== titleOf(draft.json)) draft.edit((json) => withTitle(json, title));
      const uid = await draft.save(message, overwrite);
      onClose();
      if (uid !== uidOf(stored.json) || stored.meta.version === 0) {
        void navigate({ to: "/d/$uid", params: { uid }, search: (old) => ({ ...old, editPanel: undefined }) });
      }
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Save the dashboard" size={560} transitionProps={{ duration: 0 }}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save(false);
        }}
      >
        {stored.meta.version === 0 && (
          <TextInput
            label="Title"
            value={title}
            onChange={(event) => {
              const next = event.currentTarget.value;
              setTitle(next);
              draft.edit((json) => withTitle(json, next));
            }}
            data-autofocus
          />
        )}
        <TextInput label="What changed" value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
        <div className={styles.changes} data-testid="changes">
          {changes.length === 0 ? (
            <div>Nothing is changed.</div>
          ) : (
            changes.slice(0, 60).map((one) => (
              <div key={one.path} className={styles.change}>
                <b>{one.path}</b>
                {one.before !== undefined && <del>{one.before}</del>}
                {one.after !== undefined && <ins>{one.after}</ins>}
              </div>
            ))
          )}
          {changes.length > 60 && <div>and {changes.length - 60} more</div>}
        </div>
        {error !== undefined && (
          <ErrorNotice error={error} title={isClash ? "Someone else saved a newer version" : "Not saved"} />
        )}
        <div className={styles.buttons}>
          {isClash && (
            <Button size="xs" color="red" variant="light" onClick={() => void save(true)}>
              Overwrite it
            </Button>
          )}
          <Button type="submit" size="xs" loading={busy} disabled={title.trim() === ""}>
            Save
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function EditJson({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(draft.json, null, 2));
  const [error, setError] = useState<string>();
  const apply = () => {
    try {
      const json: unknown = JSON.parse(text);
      if (typeof json !== "object" || json === null || Array.isArray(json))
        throw new Error("A dashboard is a JSON object.");
      draft.edit(() => record(json));
      onClose();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <Modal opened onClose={onClose} title="JSON of the dashboard" size="80%" transitionProps={{ duration: 0 }}>
      <textarea
        className={styles.json}
        value={text}
        spellCheck={false}
        aria-label="JSON"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error !== undefined && <div className={styles.fault}>{error}</div>}
      <div className={styles.buttons}>
        <Button size="xs" onClick={apply}>
          Apply
        </Button>
      </div>
    </Modal>
  );
}

function History({ uid, onClose }: { uid: string; onClose: () => void }) {
  const found = useQuery({
    queryKey: ["dashboard", uid, "versions"],
    queryFn: ({ signal }) => dashboardVersions(uid, signal),
    staleTime: 0,
  });
  return (
    <Modal opened onClose={onClose} title="Versions" size={560} transitionProps={{ duration: 0 }}>
      {found.error !== null && <ErrorNotice error={found.error} />}
      {found.data?.length === 0 && "It was never saved here."}
      {(found.data ?? []).map((one) => (
        <div key={one.version} className={styles.change}>
          <b>Version {one.version}</b>
          <span>{one.created.replace("T", " ").replace(/\..*$/, "")}</span>
          <span>{one.message}</span>
        </div>
      ))}
    </Modal>
  );
}

function Delete({ dashboard, onClose }: { dashboard: Dashboard; onClose: () => void }) {
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const run = async () => {
    try {
      await deleteDashboard(dashboard.uid);
      void navigate({ to: "/dashboards", search: (old) => ({ from: old.from, to: old.to, tenant: old.tenant }) });
    } catch (cause) {
      setError(cause);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Delete ${dashboard.title}`} size={460} transitionProps={{ duration: 0 }}>
      <p>Its versions stay in the store; the dashboard is gone from every list.</p>
      {error !== undefined && <ErrorNotice error={error} />}
      <div className={styles.buttons}>
        <Button size="xs" color="red" onClick={() => void run()}>
          Delete
        </Button>
      </div>
    </Modal>
  );
}
