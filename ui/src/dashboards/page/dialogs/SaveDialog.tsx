// Saves a dashboard: where, as what, and with which changes. Someone else's newer version is not lost: one's own changes can
// be put on top of it.
import { Button, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "../../../api/http";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import { Notice } from "../../../ui/Notice";
import type { StoredDashboard } from "../../api";
import { tagsOf, titleOf, uidOf, withTags, withTitle } from "../../model/document";
import type { Draft } from "../draft/useDraft";
import styles from "../page.module.css";
import { Changes } from "./Changes";
import { FolderSelect, settleFolder } from "./FolderSelect";

interface Props {
  stored: StoredDashboard;
  draft: Draft;
  /** As another dashboard. */
  copy?: boolean;
  onClose: () => void;
}

export function SaveDialog({ stored, draft, copy: asked = false, onClose }: Props) {
  const navigate = useNavigate();
  const [message, setMessage] = useState("");
  const [folder, setFolder] = useState<{ uid: string; fresh: string | undefined }>({
    uid: stored.meta.folderUid,
    fresh: undefined,
  });
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const title = titleOf(draft.json);
  const { provisioned } = stored.meta;
  const copy = asked || provisioned !== undefined;
  const isClash = error instanceof ApiError && error.status === 412;
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await act();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const save = (overwrite: boolean) =>
    run(async () => {
      const folderUid = await settleFolder(folder);
      setFolder({ uid: folderUid, fresh: undefined });
      const uid = await draft.save({ message, folderUid, overwrite, copy });
      onClose();
      if (uid !== uidOf(stored.json) || stored.meta.version === 0) {
        void navigate({ to: "/d/$uid", params: { uid }, search: (old) => ({ ...old, editPanel: undefined }) });
      }
    });
  return (
    <Dialog onClose={onClose} title={copy ? "Save as a copy" : "Save the dashboard"} size={560}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save(false);
        }}
      >
        {provisioned !== undefined && (
          <Notice title="A file decides about this dashboard">
            It is changed in {provisioned.file || "its file"}, and would be put back from there. A copy is yours to
            change.
          </Notice>
        )}
        <TextInput
          label="Title"
          value={title}
          onChange={(event) => {
            const next = event.currentTarget.value;
            draft.edit((json) => withTitle(json, next));
          }}
          data-autofocus={stored.meta.version === 0}
        />
        <FolderSelect value={folder} onChange={setFolder} />
        <TextInput
          label="Tags"
          placeholder="host, production"
          defaultValue={tagsOf(draft.json).join(", ")}
          onBlur={(event) => {
            const tags = event.currentTarget.value.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
            if (tags.join() !== tagsOf(draft.json).join()) draft.edit((json) => withTags(json, tags));
          }}
        />
        <TextInput label="What changed" value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
        <Changes before={stored.json} after={draft.json} />
        {error !== undefined && (
          <ErrorNotice error={error} title={isClash ? "Someone else saved a newer version" : "Not saved"} />
        )}
        <div className={styles.buttons}>
          {isClash && (
            <>
              <Button size="xs" color="red" variant="light" onClick={() => void save(true)}>
                Overwrite it
              </Button>
              <Button size="xs" variant="default" onClick={() => void run(draft.rebase)}>
                Put my changes on it
              </Button>
            </>
          )}
          <Button type="submit" size="xs" loading={busy} disabled={title.trim() === ""}>
            {copy ? "Save as a copy" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
