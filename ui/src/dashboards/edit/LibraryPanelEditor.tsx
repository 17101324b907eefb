// A panel of the library, edited once for every dashboard it stands on. Its edits are saved into the library, not with the
// dashboard that happens to show it.
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type LibraryElement, readLibrary, saveLibrary } from "../../api/dashboards/library";
import { type Json, record } from "../../api/decode";
import { ApiError } from "../../api/http";
import { count } from "../../format/number";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonBlock } from "../../ui/Skeletons";
import { fromLibrary } from "../model/library";
import { withPath } from "../model/patch/path";
import type { PlacedPanel } from "../model/section";
import type { LibraryRef } from "../model/types";
import { useDashboard } from "../page/DashboardContext";
import { EditorBody } from "./EditorBody";
import styles from "./edit.module.css";

interface Props {
  placed: PlacedPanel;
  reference: LibraryRef;
  /** It stands on no dashboard here. */
  alone?: boolean;
}

export function LibraryPanelEditor({ placed, reference, alone = false }: Props) {
  const found = useQuery({
    queryKey: ["library", reference.uid],
    queryFn: ({ signal }) => readLibrary(reference.uid, signal),
    staleTime: 60_000,
  });
  if (found.error !== null) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <SkeletonBlock height={320} />;
  return <Edited key={`${found.data.uid} ${found.data.version}`} placed={placed} element={found.data} alone={alone} />;
}

function Edited({ placed, element, alone }: { placed: PlacedPanel; element: LibraryElement; alone: boolean }) {
  const client = useQueryClient();
  const { onUnlink } = useDashboard();
  const [model, setModel] = useState<Json>(element.model);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const { panel } = placed;
  const shown = useMemo(
    () => ({ ...placed, panel: fromLibrary(panel, new Map([[element.uid, { ...element, model }]])) }),
    [placed, panel, element, model],
  );
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await saveLibrary(element, model);
      await client.invalidateQueries({ queryKey: ["library"] });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const isChanged = model !== element.model;
  const isClash = error instanceof ApiError && error.status === 412;
  return (
    <EditorBody
      placed={shown}
      settings={model}
      written={model}
      onChange={(path, value) => setModel((before) => record(withPath(before, path, value)))}
      onWrite={setModel}
    >
      <div className={styles.library}>
        <p className={styles.libraryNote}>
          <b>“{element.name}” is of the library.</b>{" "}
          {element.dashboards === 0
            ? "No dashboard that is saved shows it yet."
            : `Shown on ${count(element.dashboards, "dashboard")}: what is saved here is seen on all of them.`}
        </p>
        {error !== undefined && (
          <ErrorNotice error={error} title={isClash ? "Someone else saved a newer version" : "Not saved"} />
        )}
        <div className={styles.libraryButtons}>
          <Button size="xs" loading={busy} disabled={!isChanged} onClick={() => void save()}>
            Save into the library
          </Button>
          {isChanged && (
            <Button size="xs" variant="default" onClick={() => setModel(element.model)}>
              Discard
            </Button>
          )}
          {!isChanged && !alone && (
            <Button size="xs" variant="default" onClick={() => onUnlink(panel)}>
              Make it a panel of its own
            </Button>
          )}
        </div>
      </div>
    </EditorBody>
  );
}
