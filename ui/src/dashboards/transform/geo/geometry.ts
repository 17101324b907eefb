// Points, lines and areas on the globe, as text that tools of maps write (WKT): `POINT(13.4 52.5)`, longitude first. Pure.

/** Degrees: longitude, latitude. */
export type Point = readonly [number, number];

export interface Geometry {
  readonly kind: "point" | "line" | "polygon";
  /** One of a point; the outer ring of a polygon. */
  readonly points: readonly Point[];
}

/** Mean radius, metres. */
const EARTH_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

const FORMS = { point: "POINT", line: "LINESTRING", polygon: "POLYGON" } as const;
const OPENING: Readonly<Record<Geometry["kind"], string>> = { point: "(", line: "(", polygon: "((" };
const CLOSING: Readonly<Record<Geometry["kind"], string>> = { point: ")", line: ")", polygon: "))" };

export function geometryText({ kind, points }: Geometry): string {
  const inside = points.map(([x, y]) => `${round(x)} ${round(y)}`).join(", ");
  return `${FORMS[kind]}${OPENING[kind]}${inside}${CLOSING[kind]}`;
}

/** Seven digits behind the point are a centimetre. */
function round(value: number): number {
  return Number(value.toFixed(7));
}

const WKT = /^\s*(POINT|LINESTRING|POLYGON)\s*\(\s*\(?([^()]*)\)?/i;

export function readGeometry(value: unknown): Geometry | undefined {
  if (typeof value !== "string") return undefined;
  const found = WKT.exec(value);
  if (found === null) return undefined;
  const points = (found[2] ?? "").split(",").map((one) => one.trim().split(/\s+/).map(Number));
  if (points.some(([x, y]) => x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)))
    return undefined;
  const form = (found[1] ?? "").toUpperCase();
  return {
    kind: form === "POINT" ? "point" : form === "POLYGON" ? "polygon" : "line",
    points: points.map(([x = 0, y = 0]): Point => [x, y]),
  };
}

const GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz";

/** The middle of the cell that a geohash names. */
export function readGeohash(value: unknown): Point | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const box = [
    [-180, 180],
    [-90, 90],
  ] as [[number, number], [number, number]];
  let axis: 0 | 1 = 0;
  for (const letter of value.toLowerCase()) {
    const five = GEOHASH.indexOf(letter);
    if (five < 0) return undefined;
    for (let bit = 4; bit >= 0; bit -= 1) {
      const [low, high] = box[axis];
      const middle = (low + high) / 2;
      box[axis] = (five >> bit) & 1 ? [middle, high] : [low, middle];
      axis = axis === 0 ? 1 : 0;
    }
  }
  return [(box[0][0] + box[0][1]) / 2, (box[1][0] + box[1][1]) / 2];
}

/** Metres along the surface. */
export function lengthOf({ kind, points }: Geometry): number {
  const ring = kind === "polygon" && points.length > 0 ? [...points, points[0] as Point] : points;
  return ring.slice(1).reduce((sum, to, index) => sum + distance(ring[index] as Point, to), 0);
}

/** By the haversine formula, on a ball. */
function distance([fromX, fromY]: Point, [toX, toY]: Point): number {
  const x = Math.sin(((toX - fromX) * RADIANS) / 2) ** 2 * Math.cos(fromY * RADIANS) * Math.cos(toY * RADIANS);
  const y = Math.sin(((toY - fromY) * RADIANS) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(x + y)));
}

/** Square metres within the ring; a point and a line have none. */
export function areaOf({ kind, points }: Geometry): number {
  if (kind !== "polygon") return 0;
  let sum = 0;
  points.forEach(([x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length] as Point;
    sum += (nextX - x) * RADIANS * (2 + Math.sin(y * RADIANS) + Math.sin(nextY * RADIANS));
  });
  return Math.abs((sum * EARTH_M * EARTH_M) / 2);
}

/** Degrees from north, clockwise, at the start of the shortest way; undefined from a place to itself. */
export function bearing([fromX, fromY]: Point, [toX, toY]: Point): number | undefined {
  if (fromX === toX && fromY === toY) return undefined;
  const [a, b, turn] = [fromY * RADIANS, toY * RADIANS, (toX - fromX) * RADIANS];
  const east = Math.sin(turn) * Math.cos(b);
  const north = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(turn);
  return (Math.atan2(east, north) / RADIANS + 360) % 360;
}
