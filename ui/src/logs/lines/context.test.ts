import { describe, expect, it } from "vitest";
import type { RawEntry } from "../../api/loki/query";
import { entryOf } from "../entry";
import { linesAround } from "./context";

const raw = (ns: string, line: string, app = "a"): RawEntry => ({
  ns,
  line,
  stream: { app },
  metadata: {},
  parsed: {},
});
const texts = (all: readonly RawEntry[]) => all.map((one) => one.line);

describe("lines around a line", () => {
  const own = raw("2000000000000000005", "own");
  const entry = entryOf(own, 0);

  it("come in order, the nearest kept", () => {
    const older = [raw("2000000000000000004", "c"), raw("2000000000000000002", "a"), raw("2000000000000000003", "b")];
    const newer = [own, raw("2000000000000000007", "e"), raw("2000000000000000006", "d")];
    const { before, after } = linesAround(entry, older, newer, 2);
    expect(texts(before)).toEqual(["b", "c"]);
    expect(texts(after)).toEqual(["d", "e"]);
  });

  it("of the same nanosecond are kept, the line itself is not, once", () => {
    const newer = [own, raw(own.ns, "own"), raw(own.ns, "twin")];
    expect(texts(linesAround(entry, [], newer, 10).after)).toEqual(["own", "twin"]);
  });

  it("of another stream with the same selector are left out", () => {
    const { before } = linesAround(entry, [raw("2000000000000000001", "x", "b")], [], 10);
    expect(before).toEqual([]);
  });
});
