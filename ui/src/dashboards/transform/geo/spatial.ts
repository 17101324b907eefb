// Steps about places: more about a place that a column names, and geometry out of columns, counted with. Pure.
import { record, text } from "../../../api/decode";
import { type DataFrame, type Field, frameLength, makeField } from "../../data/frame";
import type { FieldOptions } from "../../model/types";
import { findField } from "../columns";
import type { Step } from "../transform";
import {
  areaOf,
  bearing,
  type Geometry,
  geometryText,
  lengthOf,
  type Point,
  readGeohash,
  readGeometry,
} from "./geometry";
import { gazetteer, placeOf } from "./places";

/** Behind the column that names places: what is known of each. */
export const fieldLookup: Step = (frames, options, say) => {
  const places = gazetteer(text(options.gazetteer));
  if (places === undefined) {
    say(unknownList(text(options.gazetteer)));
    return [...frames];
  }
  return frames.map((frame) => {
    const field = findField(frame, text(options.lookupField));
    if (field === undefined) return frame;
    const found = field.values.map((one) => placeOf(places, one));
    const added = [
      makeField(
        "ID",
        "string",
        found.map((one) => one?.id ?? null),
      ),
      makeField(
        "Name",
        "string",
        found.map((one) => one?.name ?? null),
      ),
      makeField(
        "Lng",
        "number",
        found.map((one) => one?.longitude ?? null),
      ),
      makeField(
        "Lat",
        "number",
        found.map((one) => one?.latitude ?? null),
      ),
    ];
    const at = frame.fields.indexOf(field) + 1;
    return { ...frame, fields: [...frame.fields.slice(0, at), ...added, ...frame.fields.slice(at)] };
  });
};

/** Said where the places of a list are asked for that is not here. */
function unknownList(name: string): string {
  return `The list of places “${name}” is not known here, only “countries” and “usa-states”; the data is shown without its places.`;
}

export const spatial: Step = (frames, options, say) => {
  const source = record(options.source);
  const asked = options.action === "modify" ? record(options.modify) : {};
  const ends = text(asked.op, "asLine") === "asLine" ? [source] : [source, record(asked.target)];
  for (const one of ends) {
    const list = text(one.gazetteer);
    if (text(one.mode) === "lookup" && gazetteer(list) === undefined) say(unknownList(list));
  }
  const change = options.action === "modify" ? modified : options.action === "calculate" ? calculated : prepared;
  return frames.map((frame) => {
    const from = geometryOf(frame, source);
    return from === undefined ? frame : change(frame, from, options);
  });
};

interface From {
  readonly name: string;
  /** One a row. */
  readonly shapes: readonly (Geometry | undefined)[];
  /** The column that holds them already. */
  readonly field: Field | undefined;
}

type Change = (frame: DataFrame, from: From, options: Readonly<Record<string, unknown>>) => DataFrame;

const shapesField = (name: string, shapes: readonly (Geometry | undefined)[]): Field =>
  makeField(
    name,
    "other",
    shapes.map((one) => (one === undefined ? null : geometryText(one))),
  );

/** The geometry as a column of its own, in front. */
const prepared: Change = (frame, from) =>
  from.field === undefined ? { ...frame, fields: [shapesField(from.name, from.shapes), ...frame.fields] } : frame;

const CALCULATIONS: Readonly<Record<string, { unit: string; of: (shape: Geometry) => number | undefined }>> = {
  distance: { unit: "lengthm", of: lengthOf },
  area: { unit: "areaM2", of: areaOf },
  heading: { unit: "degree", of: (shape) => endToEnd(shape) },
};

/** A number about each geometry as one more column. */
const calculated: Change = (frame, from, options) => {
  const asked = record(options.calculate);
  const kind = text(asked.calc, "heading");
  const rule = Object.hasOwn(CALCULATIONS, kind) ? CALCULATIONS[kind] : undefined;
  if (rule === undefined) return frame;
  const arePoints = kind === "heading" && from.shapes.every((one) => one === undefined || one.kind === "point");
  const values = arePoints
    ? headings(from.shapes)
    : from.shapes.map((one) => (one === undefined ? null : (rule.of(one) ?? null)));
  const config: FieldOptions = { custom: {}, unit: rule.unit };
  const field = { ...makeField(text(asked.field) || kind, "number", values), config };
  return { ...frame, fields: [...frame.fields, field] };
};

function endToEnd({ points }: Geometry): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  return first === undefined || last === undefined ? undefined : bearing(first, last);
}

/** From each point to the next; the last goes on as it came. */
function headings(shapes: readonly (Geometry | undefined)[]): (number | null)[] {
  let before: number | null = null;
  return shapes.map((one, index) => {
    const [here, next] = [one?.points[0], shapes[index + 1]?.points[0]];
    if (here === undefined) return null;
    if (next !== undefined) before = bearing(here, next) ?? before;
    return before;
  });
}

/** All points as one line; or a line a row, from one place to another. */
const modified: Change = (frame, from, options) => {
  const asked = record(options.modify);
  if (text(asked.op, "asLine") === "asLine") {
    const points = from.shapes.flatMap((one) => one?.points ?? []);
    return { ...frame, fields: [shapesField("geo", points.length < 2 ? [] : [{ kind: "line", points }])] };
  }
  const target = geometryOf(frame, record(asked.target));
  if (target === undefined) return frame;
  const lines = from.shapes.map((one, row): Geometry | undefined => {
    const [start, end] = [one?.points[0], target.shapes[row]?.points[0]];
    return start === undefined || end === undefined ? undefined : { kind: "line", points: [start, end] };
  });
  return { ...frame, fields: [shapesField("line", lines), ...frame.fields] };
};

const LATITUDES = /^(latitude|lat)$/i;
const LONGITUDES = /^(longitude|lng|lon|long)$/i;
const LOOKUPS = /^(lookup|country|country.?code|state|region|id|code)$/i;

/** The geometry that the options name, or that the names of the columns tell. */
function geometryOf(frame: DataFrame, source: Readonly<Record<string, unknown>>): From | undefined {
  const named = (key: string, like: RegExp) =>
    text(source[key]) === "" ? frame.fields.find((one) => like.test(one.name)) : findField(frame, text(source[key]));
  switch (text(source.mode, "auto")) {
    case "coords":
      return coordinates(frame, named("latitude", LATITUDES), named("longitude", LONGITUDES));
    case "geohash":
      return geohashes(named("geohash", /geohash/i));
    case "lookup":
      return lookedUp(named("lookup", LOOKUPS), text(source.gazetteer));
    default:
      return (
        ready(frame, source) ??
        geohashes(named("geohash", /^geohash$/i)) ??
        coordinates(frame, named("latitude", LATITUDES), named("longitude", LONGITUDES)) ??
        lookedUp(named("lookup", LOOKUPS), text(source.gazetteer))
      );
  }
}

/** A column of geometries, from a step before this one or from the data. */
function ready(frame: DataFrame, source: Readonly<Record<string, unknown>>): From | undefined {
  const name = text(source.wkt);
  for (const field of name === "" ? frame.fields : [findField(frame, name)]) {
    if (field === undefined || field.type === "number" || field.type === "time") continue;
    const shapes = field.values.map(readGeometry);
    if (shapes.some((one) => one !== undefined)) return { name: field.name, shapes, field };
  }
  return undefined;
}

function coordinates(frame: DataFrame, latitude: Field | undefined, longitude: Field | undefined): From | undefined {
  if (latitude === undefined || longitude === undefined) return undefined;
  const shapes = Array.from({ length: frameLength(frame) }, (_, row) => {
    const [x, y] = [longitude.values[row], latitude.values[row]];
    return typeof x === "number" && typeof y === "number" ? pointAt([x, y]) : undefined;
  });
  return { name: "Point", shapes, field: undefined };
}

function geohashes(field: Field | undefined): From | undefined {
  if (field === undefined) return undefined;
  return { name: "Point", shapes: field.values.map((one) => pointAt(readGeohash(one))), field: undefined };
}

function lookedUp(field: Field | undefined, list: string): From | undefined {
  const places = gazetteer(list);
  if (field === undefined || places === undefined) return undefined;
  const shapes = field.values.map((one) => {
    const place = placeOf(places, one);
    return place === undefined ? undefined : pointAt([place.longitude, place.latitude]);
  });
  return { name: "Point", shapes, field: undefined };
}

function pointAt(point: Point | undefined): Geometry | undefined {
  return point === undefined ? undefined : { kind: "point", points: [point] };
}
