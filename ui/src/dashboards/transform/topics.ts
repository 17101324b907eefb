// Frames that are not drawn as values but over them: exemplars as diamonds, events as lines and spans of time. Pure.
import { number, record, text } from "../../api/decode";
import type { Mark } from "../../charts/plugins/marks";
import { type Annotation, MOST_EVENTS, spansOf } from "../annotations/annotation";
import { type DataFrame, type Field, frameLength, makeField } from "../data/frame";
import { findField } from "./columns";
import type { Step } from "./transform";

/** What a table becomes: `exemplar`, `annotation`, or `timeRegion`. */
export const convertFrameType: Step = (frames, options, say) => {
  switch (options.targetType) {
    case "exemplar":
      return frames.map((frame) => asExemplars(frame, say));
    case "annotation":
      return frames.map((frame) => withTimes(asEvents(frame, options), frame, say));
    case "timeRegion":
      return frames.map((frame) => withTimes(asRegions(frame), frame, say));
    default:
      return [...frames];
  }
};

/** Rows that cannot be drawn are said: they leave an empty panel. */
function asExemplars(frame: DataFrame, say: (note: string) => void): DataFrame {
  const missing = (["time", "number"] as const).filter((type) => frame.fields.every((one) => one.type !== type));
  if (missing.length > 0 && frameLength(frame) > 0) {
    const words = missing.map((type) => (type === "time" ? "times" : "numbers")).join(" and none of ");
    say(`Query ${frame.refId} has no column of ${words}: its rows are not drawn as exemplars.`);
  }
  return { ...frame, topic: "exemplars" };
}

function withTimes(made: DataFrame, from: DataFrame, say: (note: string) => void): DataFrame {
  if (made.fields.every((one) => one.name !== "time") && frameLength(from) > 0)
    say(`Query ${from.refId} has no column of times that is known: its rows are not drawn as events.`);
  return made;
}

const PARTS = ["time", "timeEnd", "title", "text", "tags", "id", "color"] as const;

/** The columns that options name for each part of an event; without a name, the one that is called so. */
function asEvents(frame: DataFrame, options: Readonly<Record<string, unknown>>): DataFrame {
  const asked = record(options.annotationFieldMapping);
  const shown = record(options.annotationOptions);
  const fields = PARTS.flatMap((part): Field[] => {
    const name = text(asked[part]);
    const found =
      name !== ""
        ? findField(frame, name)
        : (frame.fields.find((one) => one.name.toLowerCase() === part.toLowerCase()) ??
          (part === "time" ? frame.fields.find((one) => one.type === "time") : undefined));
    return found === undefined ? [] : [{ ...found, name: part, legend: undefined, labels: undefined }];
  });
  const color = text(record(shown.colorScheme).fixedColor);
  const fixed = color === "" || fields.some((one) => one.name === "color") ? [] : [filled("color", color, frame)];
  return { refId: text(shown.frameName) || frame.refId, topic: "events", fields: [...fields, ...fixed] };
}

function filled(name: string, value: string, frame: DataFrame): Field {
  return makeField(name, "string", new Array<string>(frameLength(frame)).fill(value));
}

/** Spans of time while a number is above zero; or from one column of times to the other. */
function asRegions(frame: DataFrame): DataFrame {
  const times = frame.fields.filter((one) => one.type === "time" || /^timeEnd$/i.test(one.name));
  const [start, end] = times;
  if (start === undefined) return { ...frame, topic: "events" };
  const flag = frame.fields.find((one) => one.type === "number" || one.type === "boolean");
  if (end !== undefined || flag === undefined)
    return asEvents(frame, { annotationFieldMapping: { timeEnd: end?.name } });
  const rows = start.values.map((at, row) => ({ at: number(at) ?? Number.NaN, on: Number(flag.values[row]) > 0 }));
  // Rows may go backwards, stand twice at one time, or have none.
  const step = rows.slice(1).reduce((least, one, at) => {
    const away = Math.abs(one.at - (rows[at]?.at ?? Number.NaN));
    return away > 0 ? Math.min(least, away) : least;
  }, Number.POSITIVE_INFINITY);
  const spans = spansOf(
    rows.filter((one) => one.on && Number.isFinite(one.at)).map((one) => one.at),
    Number.isFinite(step) ? step : 0,
  );
  const made = [
    makeField(
      "time",
      "time",
      spans.map(([from]) => from),
    ),
    makeField(
      "timeEnd",
      "time",
      spans.map(([, to]) => to),
    ),
  ];
  return { refId: frame.refId, topic: "events", fields: made };
}

export interface Told {
  /** What is drawn as values. */
  readonly frames: readonly DataFrame[];
  readonly marks: readonly Mark[];
  readonly events: readonly Annotation[];
}

/** Frames apart from what is drawn over them. */
export function apart(frames: readonly DataFrame[]): Told {
  if (frames.every((one) => one.topic === undefined)) return { frames, marks: [], events: [] };
  return {
    frames: frames.filter((one) => one.topic === undefined),
    marks: frames.filter((one) => one.topic === "exemplars").flatMap(marksOf),
    events: frames.filter((one) => one.topic === "events").flatMap(eventsOf),
  };
}

const TRACE_ID = /^trace_?id$/i;

function marksOf(frame: DataFrame): Mark[] {
  const time = frame.fields.find((one) => one.type === "time");
  const value = frame.fields.find((one) => one.type === "number");
  const id = frame.fields.find((one) => TRACE_ID.test(one.name)) ?? frame.fields.find((one) => one.type === "string");
  if (time === undefined || value === undefined) return [];
  return time.values.slice(0, MOST_EVENTS).flatMap((at, row): Mark[] => {
    const [ms, y] = [number(at), number(value.values[row])];
    if (ms === undefined || y === undefined) return [];
    const words = String(id?.values[row] ?? "");
    return [{ time: ms / 1_000, value: y, id: words, label: words }];
  });
}

function eventsOf(frame: DataFrame): Annotation[] {
  const column = (name: string) => frame.fields.find((one) => one.name === name)?.values;
  const times = column("time") ?? [];
  const words = (name: string, row: number) => {
    const value = column(name)?.[row];
    return value === null || value === undefined ? "" : String(value);
  };
  return times.slice(0, MOST_EVENTS).flatMap((at, row): Annotation[] => {
    const time = number(at);
    if (time === undefined) return [];
    const tags = words("tags", row)
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
    return [
      {
        id: undefined,
        query: frame.refId,
        time,
        timeEnd: Math.max(time, number(column("timeEnd")?.[row]) ?? time),
        title: words("title", row) || frame.refId,
        text: words("text", row),
        tags,
        color: words("color", row) || "blue",
        dashboardUid: "",
        panelId: undefined,
      },
    ];
  });
}
