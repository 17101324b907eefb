import { expect, it } from "vitest";
import { compareConfig, onlyChanged, readLines } from "./configLines";

const DEFAULTS = ["data: data", "doors:", "  ui: 127.0.0.1:3000", "  zipkin: off", "files: []", "limits: {}", ""].join(
  "\n",
);
const YAML = [
  "data: data",
  "doors:",
  "  ui: 0.0.0.0:80",
  "  zipkin: off",
  "files:",
  "- job: a",
  "  paths:",
  "  - /var/log/a.log",
  "  - /var/log/b.log",
  "- job: b",
  "  note: |-",
  "    more: lines",
  "",
  "    of text",
  "limits:",
  "  'max query': 5",
  "",
].join("\n");

it("knows what each line sets", () => {
  expect(readLines(YAML).map((one) => one.path)).toEqual([
    "data",
    "doors",
    "doors.ui",
    "doors.zipkin",
    "files",
    "files.0.job",
    "files.0.paths",
    "files.0.paths.0",
    "files.0.paths.1",
    "files.1.job",
    "files.1.note",
    "files.1.note",
    "files.1.note",
    "files.1.note",
    "limits",
    "limits.max query",
  ]);
});

it("says what differs from the defaults, and under which keys", () => {
  const lines = compareConfig(YAML, DEFAULTS);
  const [, doors, ui, zipkin] = lines;
  expect([doors?.isChanged, ui?.isChanged, ui?.usual, zipkin?.isChanged]).toEqual([
    false,
    true,
    "127.0.0.1:3000",
    false,
  ]);
  expect(onlyChanged(lines).map((one) => one.text)).toEqual(
    YAML.split("\n").filter((one, index) => ![0, 3, 16].includes(index) || one.startsWith("doors")),
  );
  expect(compareConfig(DEFAULTS, DEFAULTS).some((one) => one.isChanged)).toBe(false);
  expect(onlyChanged(compareConfig(DEFAULTS, DEFAULTS))).toEqual([]);
});

it("takes any text", () => {
  for (const text of ["", "-", "- - -", ":", "  x", "'", "a: |\n b", "\t: -\n-"])
    expect(Array.isArray(compareConfig(text, text))).toBe(true);
});
