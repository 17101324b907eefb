// Numbers as the operator reads them: a unit always, three or four digits, the same width in a column.

const SI = ["", "k", "M", "G", "T", "P", "E"];
const SMALL = ["", "m", "µ", "n", "p"];
const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return trimZeros(value.toFixed(1));
  return trimZeros(value.toFixed(2));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** `1.23k`, `4.5M`, `12m` (milli); the exact specials stay words. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return "0";
  let size = Math.abs(value);
  if (size >= 1) {
    let power = 0;
    while (size >= 999.5 && power < SI.length - 1) {
      size /= 1_000;
      power += 1;
    }
    return `${digits(value < 0 ? -size : size)}${SI[power]}`;
  }
  if (size >= 0.01) return trimZeros(value.toPrecision(3));
  let power = 0;
  while (size < 1 && power < SMALL.length - 1) {
    size *= 1_000;
    power += 1;
  }
  return size < 1 ? value.toExponential(1) : `${digits(value < 0 ? -size : size)}${SMALL[power]}`;
}

export function bytes(value: number): string {
  if (!Number.isFinite(value)) return short(value);
  let size = Math.abs(value);
  let power = 0;
  while (size >= 1_023.5 && power < IEC.length - 1) {
    size /= 1_024;
    power += 1;
  }
  return `${digits(value < 0 ? -size : size)} ${IEC[power]}`;
}

/** Nanoseconds as `1.2 ms`, `3.4 s`, `2 m 5 s`. */
export function duration(nanos: number): string {
  const size = Math.abs(nanos);
  if (!Number.isFinite(nanos)) return short(nanos);
  if (nanos === 0) return "0 s";
  if (size < 1_000) return `${digits(nanos)} ns`;
  if (size < 999_500) return `${digits(nanos / 1e3)} µs`;
  if (size < 999_500_000) return `${digits(nanos / 1e6)} ms`;
  if (size < 59.95e9) return `${digits(nanos / 1e9)} s`;
  const seconds = Math.round(size / 1e9);
  const sign = nanos < 0 ? "-" : "";
  if (seconds < 3_600) return sign + pair(Math.floor(seconds / 60), "m", seconds % 60, "s");
  if (seconds < 86_400) return sign + pair(Math.floor(seconds / 3_600), "h", Math.floor((seconds % 3_600) / 60), "m");
  return sign + pair(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3_600), "h");
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** `1 line`, `2,345 lines`. */
export function count(value: number, one: string, many: string = `${one}s`): string {
  return `${whole(value)} ${value === 1 ? one : many}`;
}

/** A rate in the unit that makes it readable: per second, minute or hour. */
export function perTime(perSecond: number): string {
  if (perSecond === 0 || Math.abs(perSecond) >= 0.1) return `${short(perSecond)}/s`;
  return Math.abs(perSecond) * 60 >= 0.1 ? `${short(perSecond * 60)}/min` : `${short(perSecond * 3_600)}/h`;
}

/** Rates that are compared with each other, in the one unit that makes the smallest readable. */
export function perTimeAlike(rates: readonly number[]): (perSecond: number) => string {
  const least = rates.reduce((low, one) => (one > 0 && one < low ? one : low), Number.POSITIVE_INFINITY);
  const [times, unit] = least >= 0.1 ? [1, "s"] : least * 60 >= 0.1 ? [60, "min"] : [3_600, "h"];
  return (perSecond) => `${short(perSecond * times)}/${unit}`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `12 s ago`, `in 3 m`, from two epoch milliseconds. */
export function ago(at: number, now: number): string {
  const behind = now - at;
  if (Math.abs(behind) < 1_000) return "now";
  const text = duration(Math.floor(Math.abs(behind) / 1_000) * 1e9);
  return behind > 0 ? `${text} ago` : `in ${text}`;
}
