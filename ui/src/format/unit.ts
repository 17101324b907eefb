// The unit of a metric, read from the base name that the field's naming rules put at its end, and from what the query
// does to it: `rate(x_bytes_total[5m])` is bytes a second, `histogram_quantile(.., x_seconds_bucket)` is seconds.
import { bytes, duration, short } from "./number";

export type Unit = "none" | "seconds" | "bytes" | "bytes/s" | "ratio" | "1/s" | "timestamp" | "celsius";

export function formatUnit(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return short(value);
  switch (unit) {
    case "seconds":
      return value === 0 ? "0 s" : duration(value * 1e9);
    case "bytes":
      return bytes(value);
    case "bytes/s":
      return `${bytes(value)}/s`;
    case "ratio":
      return `${short(value * 100)} %`;
    case "1/s":
      return `${short(value)}/s`;
    case "celsius":
      return `${short(value)} °C`;
    case "timestamp":
      return new Date(value * 1e3).toISOString().replace(".000Z", "Z");
    default:
      return short(value);
  }
}

/** A guess that is never worse than no unit: an unclear query has none. */
export function unitOfQuery(expr: string): Unit {
  const text = expr.trim();
  if (/^\s*(count|group|count_values)\b/.test(text)) return "none";
  const names = [...text.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?=\s*[{[)\s,*/+-]|$)/g)].map((found) => found[0]);
  const metric = names.find((name) => /_(total|bytes|seconds|ratio|celsius|bucket|sum|count)$/.test(name));
  if (metric === undefined) return /\b(rate|irate)\s*\(/.test(text) ? "1/s" : "none";
  if (/[^=!<>]=?\/[^/]/.test(text.replaceAll(/"[^"]*"|\[[^\]]*\]|\{[^}]*\}/g, ""))) return "none";
  const isRate = /\b(rate|irate|deriv)\s*\(/.test(text);
  const base = metric.replace(/_(total|bucket|sum)$/, "");
  if (metric.endsWith("_count")) return isRate ? "1/s" : "none";
  if (/timestamp_seconds$|_time_seconds$/.test(base) && !isRate) return "timestamp";
  if (base.endsWith("_seconds")) {
    if (!isRate || text.includes("histogram_quantile")) return "seconds";
    return "none";
  }
  if (base.endsWith("_bytes")) return isRate ? "bytes/s" : "bytes";
  if (base.endsWith("_ratio")) return isRate ? "none" : "ratio";
  if (base.endsWith("_celsius")) return isRate ? "none" : "celsius";
  return isRate ? "1/s" : "none";
}
