import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readIncoming } from "../model/incoming";
import { sourcesIn, sourcesOf } from "./sources";
import { isZip, readZip } from "./zip";

const BOARD = '{\n  "title": "T", "x": 1.0, "panels": []\n}';

/** An archive with a packed and a stored file, written as the format says. */
function zipOf(files: readonly (readonly [string, string])[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  files.forEach(([name, content], index) => {
    const raw = Buffer.from(content);
    const packed = index % 2 === 0 ? deflateRawSync(raw) : raw;
    const method = index % 2 === 0 ? 8 : 0;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(method, 8);
    header.writeUInt32LE(packed.length, 18);
    header.writeUInt32LE(raw.length, 22);
    header.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(raw.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(header, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  });
  const tail = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(tail.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, tail, end]));
}

describe("what is brought in", () => {
  it("is handed on to the byte when it is one dashboard", async () => {
    expect(await sourcesIn("a.json", BOARD)).toEqual([{ name: "a.json", text: BOARD }]);
    expect(await sourcesIn("bad.json", "{ nope")).toEqual([{ name: "bad.json", text: "{ nope" }]);
  });
  it("is read as YAML, one dashboard a document", async () => {
    const found = await sourcesIn("a.yaml", "title: One\npanels: []\n---\ntitle: Two\npanels: []\n");
    expect(found.map((one) => readIncoming(one.text).title)).toEqual(["One", "Two"]);
    await expect(sourcesIn("a.yaml", "a: [")).rejects.toThrow(/neither JSON nor YAML/);
  });
  it("is taken out of what clusters wrap around it", async () => {
    const map = `kind: ConfigMap\ndata:\n  one.json: |-\n    ${BOARD.replaceAll("\n", "\n    ")}\n  notes.txt: x\n`;
    expect(await sourcesIn("map.yaml", map)).toEqual([{ name: "one.json", text: BOARD }]);
    const crd = JSON.stringify({ kind: "GrafanaDashboard", metadata: { name: "crd" }, spec: { json: BOARD } });
    expect(await sourcesIn("crd.json", crd)).toEqual([{ name: "crd", text: BOARD }]);
    const all = JSON.stringify({
      kind: "List",
      items: [JSON.parse(crd), { kind: "ConfigMap", data: { "b.json": BOARD } }],
    });
    expect((await sourcesIn("all.json", all)).map((one) => one.name)).toEqual(["crd", "b.json"]);
  });
  it("is unpacked from an archive", async () => {
    const zip = zipOf([
      ["dashboards/a.json", BOARD],
      ["dashboards/b.yaml", "title: B\npanels: []"],
      ["readme.md", "no"],
    ]);
    expect(isZip(zip)).toBe(true);
    const found = await sourcesOf("all.zip", zip);
    expect(found.map((one) => [one.name, readIncoming(one.text).title])).toEqual([
      ["dashboards/a.json", "T"],
      ["dashboards/b.yaml", "B"],
    ]);
    expect(found[0]?.text).toBe(BOARD);
    await expect(sourcesOf("none.zip", zipOf([["a.txt", "x"]]))).rejects.toThrow(/holds no file/);
  });
  it("that is a broken archive is refused with words, wherever it is cut", async () => {
    const zip = zipOf([["a.json", BOARD]]);
    for (let length = 22; length < zip.length; length += 7) {
      await expect(readZip(zip.slice(0, length), () => true)).rejects.toThrow();
    }
  });
});
