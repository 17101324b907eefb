import { describe, expect, it, vi } from "vitest";
import { assignHues, nameColor, nameTextColor, PALETTE_SIZE } from "./palette";
import { huesOf, learnServices, nextHues, PageHues, storedHues } from "./serviceHues";

describe("colours of services", () => {
  const names = ["batcher", "checkout", "frontend", "inventory", "nginx", "node", "oriel", "payments", "worker"];

  it("are distinct up to twelve, and stay when another comes", () => {
    const before = assignHues(names);
    expect(new Set(before.values()).size).toBe(names.length);
    const after = assignHues([...names, "aaa", "zzz"], before);
    for (const name of names) expect(after.get(name)).toBe(before.get(name));
    expect(new Set(after.values()).size).toBe(names.length + 2);
  });

  it("are the same in a chart of some of them", () => {
    const all = assignHues(names);
    const some = assignHues(["payments", "inventory", "unknown"], all);
    expect(some.get("payments")).toBe(all.get("payments"));
    expect(some.get("inventory")).toBe(all.get("inventory"));
    expect(new Set(some.values()).size).toBe(3);
    expect(nameColor("payments", true, all)).not.toBe(nameColor("inventory", true, all));
    expect(nameTextColor("payments", false, all)).not.toBe(nameTextColor("inventory", false, all));
  });

  it("yield where more than twelve share them", () => {
    const many = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const all = assignHues(many);
    expect(new Set(assignHues(many.slice(0, 12), all).values()).size).toBe(PALETTE_SIZE);
  });

  it("are given back by those that are gone, not by those that were not asked", () => {
    const before = assignHues(names);
    expect(nextHues(before, [], false)).toEqual(before);
    expect(nextHues(before, ["checkout"], false)).toEqual(before);
    expect([...nextHues(before, ["checkout"], true)]).toEqual([["checkout", before.get("checkout")]]);
  });

  it("are each tenant's own, and remembered so", () => {
    const stored = new Map<string, string>([["oriel.services/kept", '[["checkout",7]]']]);
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, text: string) => stored.set(key, text),
    });
    learnServices("", ["checkout", "worker"], true);
    learnServices("other", ["nginx"], true);
    expect([...huesOf("").services.keys()]).toEqual(["checkout", "worker"]);
    expect([...huesOf("other").services.keys()]).toEqual(["nginx"]);
    expect([...huesOf("kept").services]).toEqual([["checkout", 7]]);
    expect([...storedHues(stored.get("oriel.services") ?? null)]).toEqual([...huesOf("").services]);
    expect([...storedHues(stored.get("oriel.services/other") ?? null)]).toEqual([...huesOf("other").services]);
    vi.unstubAllGlobals();
  });

  it("are handed out before the server has told them, and then stay", () => {
    const page = new PageHues(new Map(), false);
    const drawn = new Map<string, number | undefined>();
    // As panels come: some names together, some alone.
    for (const [name, hue] of assignHues(["frontend", "checkout"], page)) drawn.set(name, hue);
    for (const name of ["payments", "inventory", "nginx", "oriel"]) drawn.set(name, page.get(name));
    for (const [name, hue] of assignHues(["checkout", "payments", "worker"], page)) {
      if (drawn.has(name)) expect(hue).toBe(drawn.get(name));
      drawn.set(name, hue);
    }
    expect(new Set(drawn.values()).size).toBe(drawn.size);
    const told = page.learn(names, true);
    for (const [name, hue] of drawn) expect(told.get(name)).toBe(hue);
    expect(new Set(told.services.values()).size).toBe(names.length);
  });

  it("of any twelve names, told in any order, are twelve and never change", () => {
    let state = 7;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % below;
    };
    for (let round = 0; round < 200; round += 1) {
      const services = Array.from({ length: 12 }, (_, index) => `service-${round}-${index * random(97)}-${index}`);
      let page = new PageHues(new Map(), false);
      const seen = new Map<string, number>();
      const draw = (some: readonly string[]) => {
        for (const [name, hue] of assignHues(some, page)) {
          if (seen.has(name)) expect(hue).toBe(seen.get(name));
          seen.set(name, hue);
        }
      };
      draw(services.slice(0, 1 + random(4)));
      draw(services.slice(2, 3 + random(6)));
      page = page.learn(services, round % 2 === 0);
      draw(services);
      expect(new Set(seen.values()).size).toBe(12);
      page = page.learn(services.slice(3), false);
      draw(services.slice(1));
    }
  });

  it("of one that is new keep what it was drawn in", () => {
    const page = new PageHues(assignHues(names), true);
    const drawn = assignHues(["brand-new", ...names], page).get("brand-new");
    expect(page.learn([...names, "brand-new"], true).get("brand-new")).toBe(drawn);
  });

  it("are read from storage with care", () => {
    expect([...storedHues('[["a",3],["b",99],[1,2],"x",["c"]]')]).toEqual([["a", 3]]);
    expect(storedHues("{").size).toBe(0);
    expect(storedHues(null).size).toBe(0);
  });
});
