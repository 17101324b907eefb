// How settings of the editor are written down, a line each: a label, a path in the panel's JSON, and what may stand there.

/** How a value is edited. */
export type Kind =
  | "text"
  | "lines"
  | "number"
  | "flag"
  | "choice"
  | "unit"
  | "color"
  | "thresholds"
  | "mappings"
  | "links"
  | "calcs"
  | "names"
  | "cell"
  | "variable"
  | "gaps"
  | "hides"
  | "shade"
  | "pairs"
  | "json";

export interface Option {
  readonly group: string;
  readonly label: string;
  readonly path: readonly (string | number)[];
  readonly kind: Kind;
  readonly choices?: readonly string[];
  /** Words for the choices where these are not the usual ones. */
  readonly words?: Readonly<Record<string, string>>;
  /** The choices are stored as numbers. */
  readonly numeric?: boolean;
  readonly fallback?: string | boolean;
  readonly hint?: string;
  /** Panels that have it; absent: all. */
  readonly types?: readonly string[];
  /** Of fields: its name in overrides. The value there is what stands at `path`, or its parent where `member` is given. */
  readonly id?: string;
  readonly member?: string;
  /** Only overrides have it: it says something of single fields. */
  readonly onlyOverride?: boolean;
}

export const own = (...path: string[]) => ["options", ...path];

type Path = Option["path"];
type Rest = Partial<Omit<Option, "label" | "path" | "kind" | "group">>;
type Loose = Omit<Option, "group">;

/** Settings of one heading; `types` of a group hold for each of its settings that names none. */
export function group(name: string, types: readonly string[] | undefined, options: readonly Loose[]): Option[] {
  return options.map((one) => ({ ...(types === undefined ? {} : { types }), ...one, group: name }));
}

export const made =
  (kind: Kind) =>
  (label: string, path: Path, rest: Rest = {}): Loose => ({ label, path, kind, ...rest });
export const words = made("text");
export const figure = (label: string, path: Path, hint: string, rest: Rest = {}) =>
  made("number")(label, path, { hint, ...rest });
export const flag = made("flag");

/** The first of the choices is what holds when nothing is written. */
export const choice = (label: string, path: Path, choices: readonly [string, ...string[]], rest: Rest = {}) =>
  made("choice")(label, path, { choices, fallback: choices[0], ...rest });

/** A setting of fields, by the name that overrides have for it; `member` where the value is one of an object's. */
function field(id: string, option: (path: Path, rest: Rest) => Loose, rest: Rest & { member?: string } = {}): Loose {
  const path = ["fieldConfig", "defaults", ...id.split("."), ...(rest.member === undefined ? [] : [rest.member])];
  return option(path, { ...rest, id });
}
export const fieldWords = (label: string, id: string, rest: Rest = {}) =>
  field(id, (path, more) => words(label, path, more), rest);
export const fieldFigure = (label: string, id: string, hint: string, rest: Rest = {}) =>
  field(id, (path, more) => figure(label, path, hint, more), rest);
export const fieldFlag = (label: string, id: string, rest: Rest = {}) =>
  field(id, (path, more) => flag(label, path, more), rest);
export const fieldChoice = (label: string, id: string, choices: readonly [string, ...string[]], rest: Rest = {}) =>
  field(id, (path, more) => choice(label, path, choices, more), rest);
export const fieldKind = (label: string, id: string, kind: Kind, rest: Rest = {}) =>
  field(id, (path, more) => made(kind)(label, path, more), rest);
