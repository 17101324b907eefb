// Transformations of names: which columns stay, in which order, under which name.
import { list, number, record, text, texts } from "../../api/decode";
import { displayNames, type Field } from "../data/frame";
import { readPattern } from "../variables/options";
import type { Step } from "./transform";

/** Whether a field is called `name` by itself or by what is shown. */
export function isNamed(field: Field, name: string, shown: string | undefined): boolean {
  return shown === name || field.name === name;
}

const withName = (field: Field, name: string): Field => ({
  ...field,
  name,
  legend: name,
  former: field.former ?? field.name,
});

export const organize: Step = (frames, options) => {
  const excluded = record(options.excludeByName);
  const included = record(options.includeByName);
  const order = record(options.indexByName);
  const renamed = record(options.renameByName);
  const names = displayNames(frames);
  const only = Object.values(included).some((one) => one === true);
  return frames.map((frame) => {
    const nameOf = (field: Field) => names.get(field) ?? field.name;
    const isOn = (set: Readonly<Record<string, unknown>>, field: Field) =>
      set[nameOf(field)] === true || set[field.name] === true;
    const kept = frame.fields.filter((field) => !isOn(excluded, field) && (!only || isOn(included, field)));
    const place = (field: Field, index: number) =>
      number(order[nameOf(field)]) ?? number(order[field.name]) ?? 10_000 + index;
    const sorted = kept
      .map((field, index) => ({ field, at: place(field, index) }))
      .sort((a, b) => a.at - b.at)
      .map((one) => one.field);
    return {
      ...frame,
      fields: sorted.map((field) => {
        const to = text(renamed[nameOf(field)]) || text(renamed[field.name]);
        return to === "" ? field : withName(field, to);
      }),
    };
  });
};

export const renameByRegex: Step = (frames, options) => {
  const pattern = readPattern(text(options.regex));
  if (pattern === undefined) return [...frames];
  const names = displayNames(frames);
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      if (field.type === "time") return field;
      const name = names.get(field) ?? field.name;
      const next = name.replace(pattern, text(options.renamePattern));
      return next === name ? field : withName(field, next);
    }),
  }));
};

export const filterByName: Step = (frames, options) => {
  const include = readFilter(options.include);
  const exclude = readFilter(options.exclude);
  const names = displayNames(frames);
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.filter((field) => {
      const name = names.get(field) ?? field.name;
      const isIn = include === undefined || include(name) || include(field.name);
      return isIn && !(exclude !== undefined && (exclude(name) || exclude(field.name)));
    }),
  }));
};

function readFilter(value: unknown): ((name: string) => boolean) | undefined {
  const options = record(value);
  const names = texts(options.names);
  const pattern = readPattern(text(options.pattern));
  if (names.length === 0 && pattern === undefined) return undefined;
  return (name) => {
    if (names.includes(name)) return true;
    return pattern !== undefined && new RegExp(pattern.source, pattern.flags.replace("g", "")).test(name);
  };
}

export const filterByRefId: Step = (frames, options) => {
  const pattern = readPattern(text(options.include));
  return pattern === undefined ? [...frames] : frames.filter((one) => one.refId.search(pattern) >= 0);
};

/** Keys of `list`, for steps that name fields. */
export function fieldList(value: unknown): string[] {
  return list(value).map((one) => text(one));
}
