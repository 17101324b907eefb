// Lines laid through series: a regression, and a curve smoothed so far that its shape remains. Pure.
import { number, text } from "../../api/decode";
import { type DataFrame, displayNames, type Field, makeField } from "../data/frame";
import { findField } from "./columns";
import type { Step } from "./transform";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A higher power swings between the points instead of following them. */
const MOST_DEGREE = 5;
/** A chart is seldom wider. */
const MOST_POINTS = 5_000;

/** The curve of least squares as one more table: a straight line, or a polynomial. */
export const regression: Step = (frames, options) => {
  const found = pairOf(frames, text(options.xFieldName), text(options.yFieldName));
  if (found === undefined) return [...frames];
  const points = pointsOf(found.x, found.y);
  const low = points.reduce((least, one) => Math.min(least, one.x), Number.POSITIVE_INFINITY);
  const high = points.reduce((most, one) => Math.max(most, one.x), Number.NEGATIVE_INFINITY);
  const isCurve = options.modelType === "polynomial";
  const degree = isCurve ? Math.max(1, Math.min(MOST_DEGREE, Math.round(number(options.degree) ?? 2))) : 1;
  if (points.length <= degree || high <= low) return [...frames];
  // Times are large: powers of numbers from -1 to 1 stay exact.
  const scale = (x: number) => (2 * (x - low)) / (high - low) - 1;
  const factors = leastSquares(
    points.map(({ x, y }) => ({ x: scale(x), y })),
    degree,
  );
  if (factors === undefined) return [...frames];
  const count = Math.max(2, Math.min(MOST_POINTS, Math.round(number(options.predictionCount) ?? 100)));
  const xs = Array.from({ length: count }, (_, at) => low + ((high - low) * at) / (count - 1));
  const ys = xs.map((x) => factors.reduceRight((sum, factor) => sum * scale(x) + factor, 0));
  const name = isCurve ? "Polynomial regression" : "Linear regression";
  const fields = [makeField(found.x.name, found.x.type, xs), makeField(name, "number", ys)];
  return [...frames, { refId: `${frames[0]?.refId ?? "A"}-regression`, fields }];
};

function pairOf(frames: readonly DataFrame[], xName: string, yName: string): { x: Field; y: Field } | undefined {
  for (const frame of frames) {
    const x =
      (xName === "" ? undefined : findField(frame, xName)) ??
      frame.fields.find((one) => one.type === "time") ??
      frame.fields.find((one) => one.type === "number");
    const y =
      (yName === "" ? undefined : findField(frame, yName)) ??
      frame.fields.find((one) => one.type === "number" && one !== x);
    if (x !== undefined && y !== undefined) return { x, y };
  }
  return undefined;
}

function pointsOf(x: Field, y: Field): Point[] {
  return x.values.flatMap((at, row) => {
    const value = y.values[row];
    return typeof at === "number" && typeof value === "number" && Number.isFinite(value) ? [{ x: at, y: value }] : [];
  });
}

/** Factors of 1, x, x², ...; undefined where the points do not decide them. */
function leastSquares(points: readonly Point[], degree: number): number[] | undefined {
  const size = degree + 1;
  const rows = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const { x, y } of points) {
    const powers = Array.from({ length: size }, (_, power) => x ** power);
    rows.forEach((row, i) => {
      powers.forEach((power, j) => {
        row[j] = (row[j] ?? 0) + (powers[i] ?? 0) * power;
      });
      row[size] = (row[size] ?? 0) + (powers[i] ?? 0) * y;
    });
  }
  return solved(rows);
}

/** Elimination with the largest pivot; the last column is the right side. */
function solved(rows: number[][]): number[] | undefined {
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    const best = rows.slice(column).reduce((most, row) => (abs(row, column) > abs(most, column) ? row : most));
    if (abs(best, column) < 1e-12) return undefined;
    const place = rows.indexOf(best);
    [rows[column], rows[place]] = [best, rows[column] ?? best];
    for (const row of rows) {
      if (row === best) continue;
      const times = (row[column] ?? 0) / (best[column] ?? 1);
      for (let at = column; at <= size; at += 1) row[at] = (row[at] ?? 0) - times * (best[at] ?? 0);
    }
  }
  return rows.map((row, at) => (row[size] ?? 0) / (row[at] ?? 1));
}

const abs = (row: readonly number[], at: number) => Math.abs(row[at] ?? 0);

/** Each series beside itself, averaged over the widest window that keeps its outliers, at most a tenth of it. */
export const smoothing: Step = (frames, options) => {
  const resolution = Math.max(10, Math.min(MOST_POINTS, Math.round(number(options.resolution) ?? 100)));
  const names = displayNames(frames);
  const made = frames.flatMap((frame): DataFrame[] => {
    const time = frame.fields.find((one) => one.type === "time");
    if (time === undefined) return [];
    return frame.fields
      .filter((one) => one.type === "number")
      .map((field) => {
        const points = smooth(pointsOf(time, field), resolution);
        const name = `${names.get(field) ?? field.name} (smoothed)`;
        const xs = points.map((one) => one.x);
        const ys = points.map((one) => one.y);
        return { refId: frame.refId, fields: [{ ...time, values: xs }, makeField(name, "number", ys)] };
      });
  });
  return [...frames, ...made];
};

function smooth(points: readonly Point[], resolution: number): Point[] {
  const size = Math.max(1, Math.floor(points.length / resolution));
  const coarse = averaged(points, size, size);
  const kept = kurtosis(coarse);
  let best = coarse;
  for (let window = 2; window <= coarse.length / 10; window += 1) {
    const tried = averaged(coarse, window, 1);
    if (kurtosis(tried) >= kept && roughness(tried) < roughness(best)) best = tried;
  }
  return best;
}

function averaged(points: readonly Point[], window: number, step: number): Point[] {
  const result: Point[] = [];
  for (let at = 0; at + window <= points.length; at += step) {
    const part = points.slice(at, at + window);
    result.push({ x: mean(part.map((one) => one.x)), y: mean(part.map((one) => one.y)) });
  }
  return result;
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / (values.length || 1);

function kurtosis(points: readonly Point[]): number {
  const ys = points.map((one) => one.y);
  const middle = mean(ys);
  const square = mean(ys.map((y) => (y - middle) ** 2));
  return square === 0 ? 0 : mean(ys.map((y) => (y - middle) ** 4)) / square ** 2;
}

/** How much the steps from point to point differ. */
function roughness(points: readonly Point[]): number {
  const steps = points.slice(1).map((one, at) => one.y - (points[at]?.y ?? 0));
  const middle = mean(steps);
  return mean(steps.map((one) => (one - middle) ** 2));
}
