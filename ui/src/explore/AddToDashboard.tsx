// What is asked in this pane becomes a panel of a dashboard, a new one or one that is there, which opens then.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { readDashboard, saveDashboard, searchDashboards } from "../dashboards/api";
import { exploredPanel } from "../dashboards/incoming/explored";
import { withNewPanel, withTitle } from "../dashboards/model/document";
import { FRESH } from "../dashboards/model/fresh";
import { parseDashboard } from "../dashboards/model/parse";
import { isLineQuery } from "../logs/filters";
import { isSpanMetric } from "../traces/query";
import { Dialog } from "../ui/Dialog";
import { ErrorNotice } from "../ui/ErrorNotice";
import styles from "./explore.module.css";
import { type Explore, useExplore } from "./useExplore";

/** No dashboard has a uid with a space. */
const NEW = "a new one";

export function AddToDashboard({ onClose }: { onClose: () => void }) {
  const explore = useExplore();
  const navigate = useNavigate();
  const [where, setWhere] = useState(NEW);
  const [board, setBoard] = useState("New dashboard");
  const [title, setTitle] = useState(explore.queries[0]?.trim().slice(0, 80) ?? "");
  const found = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const add = useMutation({
    mutationFn: () => addPanel(explore, title, where, board),
    onSuccess: (uid) =>
      void navigate({
        to: "/d/$uid",
        params: { uid },
        search: ({ from, to, refresh, tenant }) => ({ from, to, refresh, tenant }),
      }),
  });
  const boards = (found.data ?? []).map((one) => ({
    value: one.uid,
    label: one.folder === "" ? one.title : `${one.folder} / ${one.title}`,
  }));
  return (
    <Dialog onClose={onClose} title="Add to a dashboard" size={520}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <NativeSelect
          label="Dashboard"
          data={[{ value: NEW, label: "A new dashboard" }, ...boards]}
          value={where}
          onChange={(event) => setWhere(event.currentTarget.value)}
        />
        {where === NEW && (
          <TextInput
            label="Title of the dashboard"
            value={board}
            onChange={(event) => setBoard(event.currentTarget.value)}
          />
        )}
        <TextInput
          label="Title of the panel"
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        {add.error !== null && <ErrorNotice error={add.error} title="Not added" />}
        <Button type="submit" size="xs" loading={add.isPending} disabled={where === NEW && board.trim() === ""}>
          Add and open
        </Button>
      </form>
    </Dialog>
  );
}

/** Gives the uid of the dashboard that has the panel now. */
async function addPanel(explore: Explore, title: string, where: string, board: string): Promise<string> {
  const { signal, queries, rows, mode } = explore;
  const [first = ""] = queries;
  const isMetric = signal === "logs" ? !isLineQuery(first) : signal === "traces" ? isSpanMetric(first) : true;
  const panel = exploredPanel({ signal, rows, isInstant: mode === "instant", isMetric, title });
  const message = "A panel from Explore";
  if (where === NEW) {
    const fresh = withNewPanel(withTitle(FRESH, board.trim()), panel, []).doc;
    return (await saveDashboard(fresh, 0, "", message, false)).uid;
  }
  const { json, meta } = await readDashboard(where);
  const { doc } = withNewPanel(json, panel, parseDashboard(json).panels);
  return (await saveDashboard(doc, meta.version, meta.folderUid, message, false)).uid;
}
