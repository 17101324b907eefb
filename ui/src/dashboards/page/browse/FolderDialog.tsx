// A folder gets a name: a new one, or one that is there.
import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createFolder, type Folder, renameFolder } from "../../../api/dashboards/folders";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNotice } from "../../../ui/ErrorNotice";
import styles from "../page.module.css";

interface Props {
  /** The one that is renamed; without it a new one is made in `parent`. */
  folder?: Folder | undefined;
  parent: string;
  onClose: () => void;
}

export function FolderDialog({ folder, parent, onClose }: Props) {
  const client = useQueryClient();
  const [title, setTitle] = useState(folder?.title ?? "");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      if (folder === undefined) await createFolder(title.trim(), parent);
      else await renameFolder(folder.uid, title.trim());
      await client.invalidateQueries({ queryKey: ["folders"] });
      await client.invalidateQueries({ queryKey: ["dashboards"] });
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={folder === undefined ? "New folder" : `Rename ${folder.title}`} size={420}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextInput
          label="Name"
          value={title}
          data-autofocus
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        {error !== undefined && <ErrorNotice error={error} title="Not saved" />}
        <div className={styles.buttons}>
          <Button type="submit" size="xs" loading={busy} disabled={title.trim() === ""}>
            {folder === undefined ? "Make it" : "Rename"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
