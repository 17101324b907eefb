import { describe, expect, it } from "vitest";
import { type DataFrame, makeField } from "../../data/frame";
import { transform } from "../transform";
import { areaOf, bearing, geometryText, lengthOf, readGeohash, readGeometry } from "./geometry";
import { gazetteer, placeOf } from "./places";

const run = (frame: DataFrame, id: string, options: object) =>
  transform([frame], [{ id, options: options as Readonly<Record<string, unknown>>, disabled: false }]).frames[0];

const column = (frame: DataFrame | undefined, name: string) => frame?.fields.find((one) => one.name === name)?.values;

describe("places", () => {
  it("are found by code and name", () => {
    const countries = gazetteer("public/gazetteer/countries.json");
    for (const name of ["DE", "deu", "Germany", " germany "])
      expect(placeOf(countries ?? new Map(), name)).toMatchObject({ id: "DE", latitude: 51.2, longitude: 10.5 });
    expect(new Set([...(countries?.values() ?? [])].map((one) => one.id)).size).toBe(250);
    expect(new Set([...(gazetteer("usa-states")?.values() ?? [])].map((one) => one.id)).size).toBe(52);
    for (const list of ["countries", "usa-states"])
      for (const one of gazetteer(list)?.values() ?? []) {
        expect(Math.abs(one.latitude), one.id).toBeLessThanOrEqual(90);
        expect(Math.abs(one.longitude), one.id).toBeLessThanOrEqual(180);
        expect(one.name, one.id).not.toBe("");
      }
    expect(gazetteer("public/gazetteer/airports.geojson")).toBeUndefined();
  });

  it("are told beside the column that names them", () => {
    const frame: DataFrame = {
      refId: "A",
      fields: [makeField("state", "string", ["AL", "nowhere"]), makeField("v", "number", [1, 2])],
    };
    const made = run(frame, "fieldLookup", { lookupField: "state", gazetteer: "public/gazetteer/usa-states.json" });
    expect(made?.fields.map((one) => [one.name, one.values])).toEqual([
      ["state", ["AL", "nowhere"]],
      ["ID", ["AL", null]],
      ["Name", ["Alabama", null]],
      ["Lng", [-86.8, null]],
      ["Lat", [32.8, null]],
      ["v", [1, 2]],
    ]);
  });
});

it("of a list that is not here are said to be missing", () => {
  const frame: DataFrame = { refId: "A", fields: [makeField("code", "string", ["BER"])] };
  const made = (id: string, options: Readonly<Record<string, unknown>>) =>
    transform([frame], [{ id, options, disabled: false }]);
  const airports = { lookupField: "code", gazetteer: "public/gazetteer/airports.geojson" };
  const lookup = { mode: "lookup", lookup: "code", gazetteer: "public/gazetteer/airports.geojson" };
  const modify = { op: "lineBuilder", target: lookup };
  for (const one of [
    made("fieldLookup", airports),
    made("spatial", { source: lookup }),
    made("spatial", { action: "modify", source: { mode: "auto" }, modify }),
  ]) {
    expect(one.frames).toEqual([frame]);
    expect(one.notes).toEqual([expect.stringContaining("“public/gazetteer/airports.geojson” is not known here")]);
  }
  const known = made("fieldLookup", { lookupField: "code" });
  expect(known.notes).toEqual([]);
});

describe("geometry", () => {
  it("is read and written as text", () => {
    const texts = ["POINT(13.4 52.5)", "LINESTRING(0 0, 1 1)", "POLYGON((0 0, 0 1, 1 1))"];
    for (const one of texts) {
      const read = readGeometry(one);
      expect(read === undefined ? undefined : geometryText(read)).toBe(one);
    }
    for (const one of ["POINT()", "POINT(a b)", "here", 5, null]) expect(readGeometry(one)).toBeUndefined();
  });

  it("is measured on the globe", () => {
    const line = {
      kind: "line",
      points: [
        [0, 0],
        [1, 0],
      ],
    } as const;
    expect(lengthOf(line) / 1_000).toBeCloseTo(111.195, 2);
    const square = {
      kind: "polygon",
      points: [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
    } as const;
    expect(areaOf(square) / 1e6).toBeCloseTo(12_363.7, 0);
    expect(areaOf(line)).toBe(0);
    expect(bearing([0, 0], [1, 0])).toBeCloseTo(90);
    expect(bearing([0, 0], [0, -1])).toBeCloseTo(180);
    expect(bearing([5, 5], [5, 5])).toBeUndefined();
    const [x, y] = readGeohash("u33db2") ?? [0, 0];
    expect(x).toBeCloseTo(13.386, 1);
    expect(y).toBeCloseTo(52.52, 1);
    expect(readGeohash("aaa")).toBeUndefined();
  });
});

describe("spatial", () => {
  const frame: DataFrame = {
    refId: "A",
    fields: [
      makeField("lat", "number", [0, 0, null]),
      makeField("lon", "number", [0, 1, 2]),
      makeField("toLat", "number", [1, 1, 1]),
      makeField("toLon", "number", [0, 1, 2]),
    ],
  };

  it("prepares a column of points, once", () => {
    const made = run(frame, "spatial", { action: "prepare", source: { mode: "auto" } });
    expect(column(made, "Point")).toEqual(["POINT(0 0)", "POINT(1 0)", null]);
    expect(run(made ?? frame, "spatial", { action: "prepare" })?.fields).toHaveLength(5);
  });

  it("calculates headings, lengths and areas with their units", () => {
    const heading = run(frame, "spatial", { action: "calculate", calculate: { calc: "heading", field: "way" } });
    expect(column(heading, "way")).toEqual([90, 90, null]);
    expect(heading?.fields.at(-1)?.config.unit).toBe("degree");
    const lines = run(frame, "spatial", {
      action: "modify",
      modify: { op: "lineBuilder", target: { mode: "coords", latitude: "toLat", longitude: "toLon" } },
    });
    expect(column(lines, "line")).toEqual(["LINESTRING(0 0, 0 1)", "LINESTRING(1 0, 1 1)", null]);
    const lengths = column(
      run(lines ?? frame, "spatial", { action: "calculate", calculate: { calc: "distance" } }),
      "distance",
    );
    expect(lengths?.[2]).toBeNull();
    expect((lengths?.[0] as number) / 1_000).toBeCloseTo(111.195, 2);
  });

  it("leaves a table whose calculation nobody knows", () => {
    for (const calc of ["volume", "constructor"])
      expect(run(frame, "spatial", { action: "calculate", calculate: { calc } })).toBe(frame);
    const steps = [{ id: "toString", options: {}, disabled: false }];
    const said = expect.stringContaining("“toString” is not known here");
    expect(transform([frame], steps)).toEqual({ frames: [frame], notes: [said] });
  });

  it("makes one line of all points, and leaves what has no places", () => {
    const line = run(frame, "spatial", { action: "modify", modify: { op: "asLine" } });
    expect(line?.fields.map((one) => one.values)).toEqual([["LINESTRING(0 0, 1 0)"]]);
    const plain: DataFrame = { refId: "A", fields: [makeField("v", "number", [1])] };
    expect(run(plain, "spatial", { action: "prepare" })).toBe(plain);
    const named: DataFrame = { refId: "A", fields: [makeField("country", "string", ["FR"])] };
    expect(column(run(named, "spatial", { source: { mode: "lookup" } }), "Point")).toEqual(["POINT(2.2 46.2)"]);
  });
});
