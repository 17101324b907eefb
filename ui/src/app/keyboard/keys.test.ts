import { expect, it } from "vitest";
import { type Action, KeyReader, SHORTCUTS } from "./keys";

function check(presses: string, expected: (Action | undefined)[], typing = false, gap = 100) {
  const reader = new KeyReader();
  const got = presses.split(" ").map((key, index) => {
    const mod = key.startsWith("mod+");
    const press = { key: key.replace("mod+", ""), mod, alt: false, typing, at: index * gap };
    return reader.read(press, SHORTCUTS)?.action;
  });
  expect(got).toEqual(expected);
}

it("reads sequences", () => {
  check("g h", [undefined, "home"]);
  check("g x g e", [undefined, undefined, undefined, "explore"]);
  check("t ArrowLeft", [undefined, "earlier"]);
  check("g g h", [undefined, undefined, "home"]);
});

it("forgets a first key after a while", () => check("g h", [undefined, undefined], false, 5_000));

it("leaves typing alone, but not the palette", () => {
  check("g h ?", [undefined, undefined, undefined], true);
  check("mod+k mod+K mod+j", ["palette", "palette", undefined], true);
});

it("does not take the second key of a sequence for a key of its own", () => {
  const reader = new KeyReader();
  const known = [{ keys: "e", label: "Edit" }, ...SHORTCUTS];
  const read = (key: string, at: number) =>
    reader.read({ key, mod: false, alt: false, typing: false, at }, known)?.keys;
  expect([read("g", 0), read("e", 100), read("e", 200)]).toEqual([undefined, "g e", "e"]);
});
