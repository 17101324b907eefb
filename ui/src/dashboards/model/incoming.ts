// A text that someone brings in: which dashboard it holds, and the text that is stored for it. What stands bare in the text is
// stored as it was written, to the byte. Pure.
import { type Json, record, text } from "../../api/decode";
import { memberText } from "../../api/rawJson";
import { titleOf, uidOf, withTitle } from "./document";
import { isDashboardJson, parseDashboard, unwrap } from "./parse";

export interface Incoming {
  /** What is stored. */
  readonly json: string;
  readonly title: string;
  readonly panels: number;
}

/** Throws an Error with words for people. */
export function readIncoming(source: string): Incoming {
  const value = parse(source);
  if (!isDashboardJson(value)) {
    throw new Error("This JSON is no dashboard: it has neither panels, nor rows, nor elements.");
  }
  const inner = unwrap(value);
  const { title, panels } = parseDashboard(inner);
  return { json: storedText(source.trim(), value, inner), title, panels: panels.length };
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new Error(`Not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function storedText(source: string, value: unknown, inner: object): string {
  if (inner === value) return source;
  if (inner === record(value).dashboard) return memberText(source, "dashboard") ?? JSON.stringify(inner);
  // A resource around a dashboard of the older form: its name is the uid, which the dashboard itself does not say.
  const uid = uidOf(record(value));
  return text(record(inner).uid) === uid || uid === ""
    ? (memberText(source, "spec") ?? JSON.stringify(inner))
    : JSON.stringify({ ...inner, uid });
}

/** The same dashboard without its name, so that it becomes another one. */
export function asCopy(json: string): string {
  const value = record(JSON.parse(json));
  return JSON.stringify(withTitle(withoutName(value), `${titleOf(value)} (copy)`));
}

/** Neither uid nor number: a new dashboard. */
export function withoutName(value: Json): Json {
  const { uid: _uid, id: _id, ...rest } = value;
  if (value.metadata === undefined) return rest;
  const { name: _name, ...metadata } = record(value.metadata);
  return { ...rest, metadata };
}
