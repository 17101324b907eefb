// The working copy of a dashboard: the stored JSON and the edits on it. Nothing is sent before it is saved.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { Json } from "../../api/decode";
import { type StoredDashboard, saveDashboard } from "../api";

export interface Draft {
  readonly json: Json;
  readonly changed: boolean;
  readonly edit: (change: (json: Json) => Json) => void;
  readonly undo: (() => void) | undefined;
  readonly discard: () => void;
  readonly save: (message: string, overwrite: boolean) => Promise<string>;
}

/** As many steps back as anyone would take. */
const MOST_STEPS = 50;

export function useDraft(stored: StoredDashboard): Draft {
  const client = useQueryClient();
  const [edits, setEdits] = useState<{ base: StoredDashboard; past: readonly Json[]; json: Json }>({
    base: stored,
    past: [],
    json: stored.json,
  });
  const edit = useCallback(
    (change: (json: Json) => Json) =>
      setEdits((before) => {
        const { past, json } = before.base === stored ? before : { past: [], json: stored.json };
        return { base: stored, past: [...past.slice(1 - MOST_STEPS), json], json: change(json) };
      }),
    [stored],
  );
  const state = edits.base === stored ? edits : { base: stored, past: [], json: stored.json };
  return {
    json: state.json,
    changed: state.json !== stored.json,
    edit,
    undo:
      state.past.length === 0
        ? undefined
        : () => setEdits({ base: stored, past: state.past.slice(0, -1), json: state.past.at(-1) ?? stored.json }),
    discard: () => setEdits({ base: stored, past: [], json: stored.json }),
    save: async (message, overwrite) => {
      const saved = await saveDashboard(state.json, stored.meta.version, stored.meta.folderUid, message, overwrite);
      await client.invalidateQueries({ queryKey: ["dashboards"] });
      await client.invalidateQueries({ queryKey: ["dashboard", saved.uid] });
      return saved.uid;
    },
  };
}
