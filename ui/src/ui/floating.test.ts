import { describe, expect, it } from "vitest";
import { beside } from "./floating";

describe("a box beside the pointer", () => {
  it("is behind it while there is room", () => {
    expect(beside(100, 200, 1_000, 16)).toBe(116);
  });

  it("is before it where the window ends", () => {
    expect(beside(900, 200, 1_000, 16)).toBe(684);
  });

  it("stays in the window when neither side has room", () => {
    expect(beside(150, 280, 300, 16)).toBe(4);
    expect(beside(150, 400, 300, 16)).toBe(4);
  });
});
