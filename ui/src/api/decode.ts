// Small decoders for answers of the server. They never throw on a missing field: a partial answer is shown, not lost.

export type Json = Readonly<Record<string, unknown>>;

export function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown, fallback = ""): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : fallback;
}

export function texts(value: unknown): string[] {
  return list(value).filter((one): one is string => typeof one === "string");
}

/** Numbers arrive as JSON numbers or, where 64 bits matter, as text. */
export function number(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value === "") return undefined;
  const parsed = Number(value);
  return Number.isNaN(parsed) && value !== "NaN" ? undefined : parsed;
}

export type Labels = Readonly<Record<string, string>>;

export function labels(value: unknown): Labels {
  const result: Record<string, string> = {};
  for (const [name, one] of Object.entries(record(value))) if (typeof one === "string") result[name] = one;
  return result;
}

/** A sample value as Prometheus writes it: `NaN`, `+Inf`, `-Inf` or a number. */
export function sample(value: unknown): number {
  const parsed = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  if (!Number.isNaN(parsed)) return parsed;
  if (value === "+Inf" || value === "Inf") return Number.POSITIVE_INFINITY;
  return value === "-Inf" ? Number.NEGATIVE_INFINITY : Number.NaN;
}
