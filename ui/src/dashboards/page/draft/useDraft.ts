// The working copy of a dashboard: the stored JSON and the edits on it. Nothing is sent before it is saved.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { type Json, record } from "../../../api/decode";
import { readDashboard, type StoredDashboard, saveDashboard } from "../../api";
import { uidOf } from "../../model/document";
import { withoutName } from "../../model/incoming";
import { applyPatch, isSame, patchOf } from "../../model/patch/patch";

export interface Draft {
  readonly json: Json;
  readonly changed: boolean;
  /** Something would be lost by leaving now: false from the moment that it is saved. */
  readonly isOwed: () => boolean;
  readonly edit: (change: (json: Json) => Json) => void;
  readonly undo: (() => void) | undefined;
  readonly discard: () => void;
  readonly save: (how: Saving) => Promise<string>;
  /** Puts the edits on top of what someone else saved meanwhile; fails when they do not fit there. */
  readonly rebase: () => Promise<void>;
}

export interface Saving {
  readonly message: string;
  readonly folderUid: string;
  readonly overwrite: boolean;
  /** As another dashboard, with a uid of its own. */
  readonly copy: boolean;
}

/** As many steps back as anyone would take. */
const MOST_STEPS = 50;

export interface Edits {
  readonly base: StoredDashboard;
  readonly past: readonly Json[];
  readonly json: Json;
}

export const untouched = (base: StoredDashboard): Edits => ({ base, past: [], json: base.json });

/** The edits as long as they are those of this dashboard, also where it was read anew and is the same. */
export function editsOn(stored: StoredDashboard, edits: Edits): Edits {
  if (edits.base === stored) return edits;
  const isKept = edits.json !== edits.base.json && isSame(edits.base.json, stored.json);
  return isKept ? { ...edits, base: stored } : untouched(stored);
}

export function useDraft(stored: StoredDashboard): Draft {
  const client = useQueryClient();
  const [edits, setEdits] = useState<Edits>(() => untouched(stored));
  const state = editsOn(stored, edits);
  /** What was sent and taken: it may be left before the page has read it back. */
  const saved = useRef<Json>(undefined);
  const edit = useCallback(
    (change: (json: Json) => Json) =>
      setEdits((before) => {
        const { past, json } = editsOn(stored, before);
        return { base: stored, past: [...past.slice(1 - MOST_STEPS), json], json: change(json) };
      }),
    [stored],
  );
  return {
    json: state.json,
    changed: state.json !== stored.json,
    isOwed: () => state.json !== stored.json && state.json !== saved.current,
    edit,
    undo:
      state.past.length === 0
        ? undefined
        : () => setEdits({ base: stored, past: state.past.slice(0, -1), json: state.past.at(-1) ?? stored.json }),
    discard: () => setEdits(untouched(stored)),
    save: async ({ message, folderUid, overwrite, copy }) => {
      const json = copy ? withoutName(state.json) : state.json;
      const version = copy ? 0 : stored.meta.version;
      const { uid } = await saveDashboard(json, version, folderUid, message, overwrite);
      saved.current = state.json;
      await client.invalidateQueries({ queryKey: ["dashboards"] });
      await client.invalidateQueries({ queryKey: ["folders"] });
      await client.invalidateQueries({ queryKey: ["dashboard", uid] });
      return uid;
    },
    rebase: async () => {
      const uid = uidOf(stored.json);
      const newest = await readDashboard(uid);
      const json = record(applyPatch(newest.json, patchOf(stored.json, state.json)));
      // First the new base for these edits, then the same as what the page knows of the server.
      setEdits({ base: newest, past: [newest.json], json });
      client.setQueryData(["dashboard", uid], newest);
    },
  };
}
