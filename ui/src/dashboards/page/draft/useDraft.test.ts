import { expect, it } from "vitest";
import type { StoredDashboard } from "../../api";
import { editsOn, untouched } from "./useDraft";

const stored = (json: object): StoredDashboard => ({
  json: { ...json },
  meta: { version: 1, folderUid: "", folderTitle: "", updated: "", isReady: false, provisioned: undefined },
});

it("keeps edits where the dashboard was read anew and is the same, and drops them where it is another", () => {
  const first = stored({ title: "A" });
  const edits = { base: first, past: [first.json], json: { title: "B" } };
  const again = stored({ title: "A" });
  expect(editsOn(first, edits)).toBe(edits);
  expect(editsOn(again, edits)).toEqual({ ...edits, base: again });
  expect(editsOn(stored({ title: "C" }), edits).json).toEqual({ title: "C" });
  expect(editsOn(again, untouched(first)).json).toBe(again.json);
});
