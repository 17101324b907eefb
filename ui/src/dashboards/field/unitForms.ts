// How numbers of each kind of unit are written: with metric and binary prefixes, as times, dates, shares and money.
import { absolute } from "../../time/range";
import { zone } from "../../time/zone";

export interface Formatted {
  readonly prefix: string;
  readonly text: string;
  readonly suffix: string;
}

export type Formatter = (value: number, decimals: number | undefined) => Formatted;

export const plain = (text: string): Formatted => ({ prefix: "", text, suffix: "" });

/** Three digits that count, unless decimals are asked for. */
export function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(Math.max(0, Math.min(20, decimals)));
  const size = Math.abs(value);
  if (size === 0) return "0";
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  const text = value.toFixed(places);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function scaled(base: number, steps: readonly string[], from = 0): Formatter {
  return (value, decimals) => {
    let size = value;
    let power = from;
    while (Math.abs(size) >= base * (decimals === undefined ? 0.9995 : 1) && power < steps.length - 1) {
      size /= base;
      power += 1;
    }
    while (from > 0 && power > 0 && size !== 0 && Math.abs(size) < 1) {
      size *= base;
      power -= 1;
    }
    return { prefix: "", text: digits(size, decimals), suffix: steps[power] ?? "" };
  };
}

const SI_BIG = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const SI_ALL = ["f", "p", "n", "µ", "m", ...SI_BIG];

/** Metric prefixes in front of a unit; `from` is where a plain value stands (5: small ones too). */
export function si(unit: string, step = 0): Formatter {
  const steps = SI_BIG.map((one) => (unit === "" && one === "" ? "" : ` ${one}${unit}`));
  return scaled(1_000, steps, step);
}

/** `step` says which prefix a plain value has: -1 is milli. */
export function siSmall(unit: string, step = 0): Formatter {
  return scaled(
    1_000,
    SI_ALL.map((one) => ` ${one}${unit}`),
    5 + step,
  );
}

export function binary(unit: string, step = 0): Formatter {
  const steps = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"].map((one) => ` ${one}${unit}`);
  return scaled(1_024, steps, step);
}

export function suffix(unit: string): Formatter {
  return (value, decimals) => ({ prefix: "", text: digits(value, decimals), suffix: unit === "" ? "" : ` ${unit}` });
}

export const short: Formatter = scaled(1_000, ["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"]);

/** `12 req/s`, `1.2K req/s`. */
export function counted(unit: string): Formatter {
  return (value, decimals) => {
    const made = scaled(1_000, ["", "K", "M", "B", "T"])(value, decimals);
    return { ...made, suffix: `${made.suffix} ${unit}` };
  };
}

/** `-$1.2K`: the sign stands before the symbol. */
export function currency(symbol: string): Formatter {
  const big = scaled(1_000, ["", "K", "M", "B", "T"]);
  return (value, decimals) => {
    const made = big(Math.abs(value), decimals);
    return { ...made, prefix: value < 0 ? `-${symbol}` : symbol };
  };
}

const TIME_STEPS: readonly [number, string][] = [
  [1e-9, " ns"],
  [1e-6, " µs"],
  [1e-3, " ms"],
  [1, " s"],
  [60, " mins"],
  [3_600, " hours"],
  [86_400, " days"],
  [604_800, " weeks"],
  [31_536_000, " years"],
];

/** A length of time whose plain value counts `unit` seconds. */
export function time(unit: number): Formatter {
  return (value, decimals) => {
    const seconds = value * unit;
    const size = Math.abs(seconds);
    if (size === 0) {
      const own = TIME_STEPS.find(([one]) => one === unit) ?? TIME_STEPS[3];
      return { prefix: "", text: digits(0, decimals), suffix: own?.[1] ?? " s" };
    }
    let found = TIME_STEPS[0];
    for (const one of TIME_STEPS) if (size >= one[0] * 0.9995) found = one;
    const [step, name] = found ?? [1, " s"];
    const text = digits(seconds / step, decimals);
    return { prefix: "", text, suffix: text === "1" && step >= 60 ? name.replace(/s$/, "") : name };
  };
}

/** `1 h 5 m 3 s`, the two largest parts. */
export function spelled(unit: number): Formatter {
  return (value) => {
    let left = Math.abs(Math.round(value * unit));
    if (left === 0) return plain(value === 0 ? "0 s" : `${digits(value * unit * 1_000, undefined)} ms`);
    const parts: string[] = [];
    for (const [step, name] of [
      [31_536_000, "y"],
      [86_400, "d"],
      [3_600, "h"],
      [60, "m"],
      [1, "s"],
    ] as const) {
      const many = Math.floor(left / step);
      if (many > 0) parts.push(`${many} ${name}`);
      left -= many * step;
    }
    return plain(`${value < 0 ? "-" : ""}${parts.slice(0, 2).join(" ")}`);
  };
}

/** `hh:mm:ss`, hours beyond a day as they are. */
export function clock(unit: number): Formatter {
  return (value) => {
    const all = Math.floor(Math.abs(value * unit));
    const two = (part: number) => String(part).padStart(2, "0");
    return plain(
      `${value < 0 ? "-" : ""}${two(Math.floor(all / 3_600))}:${two(Math.floor((all % 3_600) / 60))}:${two(all % 60)}`,
    );
  };
}

/** `2 d 03:04:05`, of seconds. */
export function spelledClock(value: number): Formatted {
  const days = Math.floor(Math.abs(value) / 86_400);
  const { text } = clock(1)(Math.abs(value) % 86_400, undefined);
  return plain(`${value < 0 ? "-" : ""}${days > 0 ? `${days} d ` : ""}${text}`);
}

/** `brief`: of today, only the time. */
export function dateTime(part: "iso" | "us" | "local", brief = false): Formatter {
  return (value) => {
    const at = new Date(value);
    if (Number.isNaN(at.getTime())) return plain(String(value));
    const [locale, timeZone] = [part === "us" ? "en-US" : undefined, zone()];
    if (brief && absolute(value).slice(0, 10) === absolute(Date.now()).slice(0, 10)) {
      return plain(part === "iso" ? absolute(value).slice(11) : at.toLocaleTimeString(locale, { timeZone }));
    }
    return plain(part === "iso" ? absolute(value) : at.toLocaleString(locale, { timeZone }));
  };
}

export const fromNow: Formatter = (value) => {
  const behind = Date.now() - value;
  const made = time(0.001)(Math.abs(behind), 0);
  return plain(behind >= 0 ? `${made.text}${made.suffix} ago` : `in ${made.text}${made.suffix}`);
};

export const percent: Formatter = (value, decimals) => ({ prefix: "", text: digits(value, decimals), suffix: "%" });
export const percentUnit: Formatter = (value, decimals) =>
  percent(value * 100, decimals === undefined ? undefined : decimals);
