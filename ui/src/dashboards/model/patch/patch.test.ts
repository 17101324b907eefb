import { describe, expect, it } from "vitest";
import { applyPatch, type Operation, PatchError, patchOf } from "./patch";

/** Numbers that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function tree(next: () => number, depth: number): unknown {
  const pick = Math.floor(next() * (depth > 0 ? 6 : 4));
  if (pick === 0) return Math.floor(next() * 3);
  if (pick === 1) return ["", "a/b", "~", "x"][Math.floor(next() * 4)];
  if (pick === 2) return null;
  if (pick === 3) return next() < 0.5;
  const size = Math.floor(next() * 4);
  if (pick === 4) return Array.from({ length: size }, () => tree(next, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, (_, index) => [["a", "b/c", "~d", ""][index], tree(next, depth - 1)]),
  );
}

describe("patches", () => {
  it("lead from any document to any other, and back", () => {
    for (let seed = 1; seed < 600; seed += 1) {
      const next = random(seed);
      const [before, after] = [tree(next, 4), tree(next, 4)];
      const kept = JSON.stringify(before);
      expect(applyPatch(before, patchOf(before, after)), `seed ${seed}`).toEqual(after);
      expect(applyPatch(after, patchOf(after, before)), `seed ${seed}`).toEqual(before);
      expect(JSON.stringify(before)).toBe(kept);
      expect(patchOf(before, JSON.parse(JSON.stringify(before)))).toEqual([]);
    }
  });

  it("say no more than what differs", () => {
    const before = { panels: [{ id: 1 }, { id: 2, title: "a" }, { id: 3 }], "a/b": 1 };
    const cases: [unknown, Operation[]][] = [
      [
        { ...before, panels: [{ id: 1 }, { id: 3 }] },
        [
          { op: "replace", path: "/panels/1/id", value: 3 },
          { op: "remove", path: "/panels/1/title" },
          { op: "remove", path: "/panels/2" },
        ],
      ],
      [{ ...before, panels: [...before.panels, { id: 4 }] }, [{ op: "add", path: "/panels/3", value: { id: 4 } }]],
      [{ ...before, panels: [{ id: 0 }, ...before.panels] }, [{ op: "add", path: "/panels/0", value: { id: 0 } }]],
      [{ panels: before.panels }, [{ op: "remove", path: "/a~1b" }]],
    ];
    expect(patchOf(before, cases[1]?.[0])).toEqual(cases[1]?.[1]);
    expect(patchOf(before, cases[2]?.[0])).toEqual(cases[2]?.[1]);
    expect(patchOf(before, cases[3]?.[0])).toEqual(cases[3]?.[1]);
    expect(applyPatch(before, cases[0]?.[1] ?? [])).toEqual(cases[0]?.[0]);
  });

  it("go on top of what someone else changed, and say when they cannot", () => {
    const base = { title: "a", panels: [{ id: 1, title: "x" }], tags: [] as string[] };
    const mine = patchOf(base, { ...base, panels: [{ id: 1, title: "mine" }] });
    expect(applyPatch({ ...base, title: "theirs" }, mine)).toEqual({
      title: "theirs",
      panels: [{ id: 1, title: "mine" }],
      tags: [],
    });
    expect(() => applyPatch({ ...base, panels: [] }, mine)).toThrow(PatchError);
    expect(() => applyPatch({ a: [] }, [{ op: "add", path: "/a/01", value: 1 }])).toThrow(PatchError);
  });
});
