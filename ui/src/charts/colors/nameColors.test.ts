import { expect, test } from "vitest";
import { assignHues, hueColor, nameColors } from "./palette";

test("a series named for a level has the level's colour, others a hue of their own", () => {
  const names = ["error", "checkout", "info"];
  const hue = assignHues(names).get("checkout") ?? -1;
  expect(nameColors(names, true)).toEqual(["var(--level-error)", hueColor(hue, true), "var(--level-info)"]);
});
