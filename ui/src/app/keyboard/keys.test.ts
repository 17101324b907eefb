import { expect, it } from "vitest";
import { type Action, KeyReader } from "./keys";

function check(presses: string, expected: (Action | undefined)[], typing = false, gap = 100) {
  const reader = new KeyReader();
  const got = presses.split(" ").map((key, index) => {
    const mod = key.startsWith("mod+");
    return reader.read({ key: key.replace("mod+", ""), mod, alt: false, typing, at: index * gap });
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
