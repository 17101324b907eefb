import { describe, expect, it } from "vitest";
import { arrange, movedPlace } from "./arrange";
import { withPlaces } from "./document";
import { parseDashboard } from "./parse";
import type { Place } from "./types";

const panel = (id: number, x: number, y: number, w: number, h: number, extra: object = {}) => ({
  id,
  type: "stat",
  gridPos: { x, y, w, h },
  ...extra,
});

const JSON_OF = {
  title: "T",
  panels: [
    panel(1, 0, 0, 12, 8),
    panel(2, 12, 0, 12, 8),
    panel(3, 0, 8, 24, 4),
    panel(4, 0, 12, 24, 1, { type: "row", title: "R" }),
    panel(5, 0, 13, 12, 8),
  ],
};
const { panels } = parseDashboard(JSON_OF);
const byId = (id: number) => {
  const found = panels.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no panel ${id}`);
  return found;
};
const placed = (id: number, place: Partial<Place>) => {
  const moves = arrange(panels, byId(id), { ...byId(id).place, ...place });
  const after = parseDashboard(withPlaces(JSON_OF, moves));
  return Object.fromEntries(after.panels.map((one) => [one.id, [one.place.x, one.place.y, one.place.w, one.place.h]]));
};

describe("arranging", () => {
  it("moves what is in the way, and nothing else", () => {
    expect(arrange(panels, byId(1), byId(1).place)).toHaveLength(1);
    expect(placed(1, { x: 12 })).toEqual({
      1: [12, 0, 12, 8],
      2: [12, 8, 12, 8],
      3: [0, 16, 24, 4],
      4: [0, 20, 24, 1],
      5: [0, 21, 12, 8],
    });
  });

  it("keeps a panel under its row", () => {
    expect(placed(5, { y: 0 })[5]).toEqual([0, 13, 12, 8]);
  });

  it("leaves no two panels upon each other, wherever one goes", () => {
    for (const one of panels.filter((each) => each.type !== "row")) {
      for (let x = 0; x <= GRID - one.place.w; x += 3) {
        for (let y = 0; y < 30; y += 3) {
          const boxes = Object.values(placed(one.id, { x, y }));
          for (const [index, a] of boxes.entries()) {
            for (const b of boxes.slice(index + 1)) expect(overlap(a, b), `${one.id} to ${x},${y}`).toBe(false);
          }
        }
      }
    }
  });

  it("stays on the grid", () => {
    const place = { x: 20, y: 0, w: 4, h: 3 };
    expect(movedPlace(place, { x: 9, y: -5 })).toEqual({ x: 20, y: 0, w: 4, h: 3 });
    expect(movedPlace(place, { w: 9, h: -9 })).toEqual({ x: 20, y: 0, w: 4, h: 2 });
    expect(movedPlace(place, { w: -9 })).toEqual({ x: 20, y: 0, w: 2, h: 3 });
  });
});

const GRID = 24;

function overlap([ax = 0, ay = 0, aw = 0, ah = 0]: number[], [bx = 0, by = 0, bw = 0, bh = 0]: number[]): boolean {
  return ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;
}
