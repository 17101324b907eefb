import { describe, expect, it, vi } from "vitest";
import { assignHues, nameColor, nameTextColor, PALETTE_SIZE } from "./palette";
import { huesOf, learnServices, nextHues, storedHues } from "./serviceHues";

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
    expect([...huesOf("").keys()]).toEqual(["checkout", "worker"]);
    expect([...huesOf("other").keys()]).toEqual(["nginx"]);
    expect([...huesOf("kept")]).toEqual([["checkout", 7]]);
    expect([...storedHues(stored.get("oriel.services") ?? null)]).toEqual([...huesOf("")]);
    expect([...storedHues(stored.get("oriel.services/other") ?? null)]).toEqual([...huesOf("other")]);
    vi.unstubAllGlobals();
  });

  it("are read from storage with care", () => {
    expect([...storedHues('[["a",3],["b",99],[1,2],"x",["c"]]')]).toEqual([["a", 3]]);
    expect(storedHues("{").size).toBe(0);
    expect(storedHues(null).size).toBe(0);
  });
});
