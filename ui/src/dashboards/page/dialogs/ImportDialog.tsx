// Dashboards come in by file, by archive, by drop or by paste. One that is here already is not overwritten unasked.
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type DragEvent, useState } from "react";
import { ApiError } from "../../../api/http";
import { count } from "../../../format/number";
import { Dialog } from "../../../ui/Dialog";
import { importDashboard } from "../../api";
import { type Source, sourcesIn, sourcesOf } from "../../incoming/sources";
import { asCopy, readIncoming } from "../../model/incoming";
import styles from "../page.module.css";
import { type FolderChoice, FolderSelect, settleFolder } from "./FolderSelect";

interface Result {
  readonly name: string;
  readonly uid: string | undefined;
  readonly error: string | undefined;
  /** The text of one that is here already. */
  readonly known: string | undefined;
}

export function ImportDialog({ folderUid = "", onClose }: { folderUid?: string; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [folder, setFolder] = useState<FolderChoice>({ uid: folderUid, fresh: undefined });
  const [busy, setBusy] = useState(false);
  const [results, setResults] = useState<readonly Result[]>([]);
  const finish = async (done: readonly Result[]) => {
    setResults(done);
    await client.invalidateQueries({ queryKey: ["dashboards"] });
    await client.invalidateQueries({ queryKey: ["folders"] });
    for (const one of done) if (one.uid !== undefined) client.removeQueries({ queryKey: ["dashboard", one.uid] });
    const only = done.length === 1 ? done[0] : undefined;
    if (only?.uid === undefined) return;
    onClose();
    void navigate({ to: "/d/$uid", params: { uid: only.uid }, search: (old) => ({ tenant: old.tenant }) });
  };
  const take = async (sources: readonly Source[], overwrite = false, failed: readonly Result[] = []) => {
    setBusy(true);
    const done: Result[] = [...failed];
    try {
      const uid = await settleFolder(folder);
      setFolder({ uid, fresh: undefined });
      for (const source of sources) done.push(await importOne(source, uid, overwrite));
    } catch (cause) {
      done.push({ name: "Folder", uid: undefined, error: wordsOf(cause), known: undefined });
    }
    setBusy(false);
    await finish(done);
  };
  /** What cannot be read is said beside what could. */
  const bring = async (found: readonly Promise<Source[]>[], names: readonly string[]) => {
    const read = await Promise.allSettled(found);
    const failed = read.flatMap((one, index): Result[] =>
      one.status === "fulfilled"
        ? []
        : [{ name: names[index] ?? "File", uid: undefined, error: wordsOf(one.reason), known: undefined }],
    );
    await take(
      read.flatMap((one) => (one.status === "fulfilled" ? one.value : [])),
      false,
      failed,
    );
  };
  const readFiles = (list: FileList | null) => {
    const files = [...(list ?? [])];
    const read = async (file: File) => sourcesOf(file.name, new Uint8Array(await file.arrayBuffer()));
    return bring(
      files.map(read),
      files.map((one) => one.name),
    );
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void readFiles(event.dataTransfer.files);
  };
  return (
    <Dialog onClose={onClose} title="Import dashboards" size={620}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping files is an extra; the button does the same */}
      <div className={styles.form} onDrop={drop} onDragOver={(event) => event.preventDefault()}>
        <label className={styles.drop}>
          <input
            type="file"
            accept=".json,.yaml,.yml,.zip"
            multiple
            onChange={(event) => void readFiles(event.currentTarget.files)}
            data-testid="import-file"
          />
          <span>Choose files</span>
          or drop them here: JSON, YAML, or archives of them
        </label>
        <textarea
          className={styles.json}
          style={{ minHeight: 200 }}
          placeholder="or paste the JSON or YAML of a dashboard"
          aria-label="JSON or YAML of a dashboard"
          value={text}
          spellCheck={false}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <FolderSelect value={folder} onChange={setFolder} />
        {results.map((one) => (
          <div key={one.name} className={styles.change} data-testid="import-result">
            <b>{one.name}</b>
            {one.error === undefined ? <span>imported</span> : <span className={styles.fault}>{one.error}</span>}
            {one.known !== undefined && (
              <span className={styles.buttons}>
                <Button
                  size="compact-xs"
                  color="red"
                  variant="light"
                  onClick={() => void take([{ name: one.name, text: one.known ?? "" }], true)}
                >
                  Overwrite it
                </Button>
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => void take([{ name: one.name, text: asCopy(one.known ?? "{}") }])}
                >
                  Import a copy
                </Button>
              </span>
            )}
          </div>
        ))}
        <div className={styles.buttons}>
          <Button
            size="xs"
            loading={busy}
            disabled={text.trim() === ""}
            onClick={() => void bring([sourcesIn("Pasted text", text)], ["Pasted text"])}
            data-testid="import-run"
          >
            Import
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

async function importOne(source: Source, folderUid: string, overwrite: boolean): Promise<Result> {
  try {
    const { json, title, panels } = readIncoming(source.text);
    const name = `${title} (${count(panels, "panel")})`;
    try {
      const saved = await importDashboard(json, folderUid, overwrite);
      return { name, uid: saved.uid, error: undefined, known: undefined };
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== 412) throw cause;
      return { name, uid: undefined, error: "A dashboard of this uid is here already.", known: json };
    }
  } catch (cause) {
    return { name: source.name, uid: undefined, error: wordsOf(cause), known: undefined };
  }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
