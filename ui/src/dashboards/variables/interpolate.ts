// Fills variables into texts: `$name`, `${name}`, `${name:format}`, `${name.field}`, `[[name]]`, `[[name:format]]`.
// A name that is not known stays as it is: `$1` of label_replace is no variable.
import { formatDate } from "./dates";

export interface Value {
  readonly values: readonly string[];
  readonly texts: readonly string[];
  /** More than one value may be chosen, so that queries get a pattern. */
  readonly many: boolean;
  /** Stands for everything and is put in as it is. */
  readonly verbatim?: boolean;
}

/** `field` of `${name.field}`. */
export type Lookup = (name: string, field: string | undefined) => Value | undefined;

/** How values stand in a text when no format is asked for. */
export type Style = "plain" | "query" | "words";

/** The quotes of a query that a value stands in, or none. */
type Quote = '"' | "'" | "`" | "";

const PATTERN = /\$\{([a-zA-Z_]\w*)(?:\.([^:}]+))?(?::([^}]+))?\}|\$([a-zA-Z_]\w*)|\[\[([a-zA-Z_]\w*)(?::(\w+))?\]\]/g;

/** Variables that hold variables are followed this deep. */
const MOST_DEPTH = 4;
/** Letters that variables within variables add to a text: one that holds others many times, and these again, would never end. */
const MOST_NESTED = 1_000_000;

export function interpolate(text: string, lookup: Lookup, style: Style): string {
  return fill(text, lookup, style, 0, { left: MOST_NESTED });
}

function fill(text: string, lookup: Lookup, style: Style, depth: number, nested: { left: number }): string {
  if (!/[$[]/.test(text)) return text;
  return text.replace(PATTERN, (whole, braced, field, format, plain, square, squareFormat, offset: number) => {
    const name: string = braced ?? plain ?? square;
    const value = lookup(name, field);
    if (value === undefined) return whole;
    const asked: string | undefined = format ?? squareFormat;
    const filled = formatValue(value, asked, style === "query" ? quoteAt(text, offset) : style, name);
    if (depth > 0) {
      if (filled.length > nested.left) return whole;
      nested.left -= filled.length;
    }
    return value.verbatim === true && depth < MOST_DEPTH ? fill(filled, lookup, style, depth + 1, nested) : filled;
  });
}

/** Names of the variables in a text. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(PATTERN)].map((found) => found[1] ?? found[4] ?? found[5] ?? "");
}

/** The quote that is open at a place of a query. */
function quoteAt(text: string, end: number): Quote {
  let open: Quote = "";
  for (let at = 0; at < end; at += 1) {
    const letter = text[at];
    if (letter === "\\" && open !== "" && open !== "`") at += 1;
    else if (letter === open) open = "";
    else if (open === "" && (letter === '"' || letter === "'" || letter === "`")) open = letter;
  }
  return open;
}

export function formatValue(
  value: Value,
  format: string | undefined,
  style: Exclude<Style, "query"> | Quote,
  name: string,
): string {
  const { values } = value;
  if (format === "text") return value.texts.join(" + ");
  if (style === "words" && format === undefined && value.texts.length > 0) return value.texts.join(" + ");
  if (value.verbatim === true && format !== "queryparam") return values[0] ?? "";
  const [id, argument] = splitFormat(format);
  const one = id !== undefined && Object.hasOwn(FORMATS, id) ? FORMATS[id] : undefined;
  if (one !== undefined) return one(values, name, argument);
  if (style !== "plain" && style !== "words") {
    return quoted(value.many ? regexFormat(values).replaceAll("\\/", "/") : (values[0] ?? ""), style);
  }
  return values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? "");
}

function splitFormat(format: string | undefined): [string | undefined, string] {
  if (format === undefined) return [undefined, ""];
  const at = format.indexOf(":");
  return at < 0 ? [format, ""] : [format.slice(0, at), format.slice(at + 1)];
}

/** Inside the quotes of a query backslashes and quotes are escaped; between backticks and outside of quotes nothing is. */
function quoted(value: string, quote: Quote): string {
  return quote === "" || quote === "`" ? value : value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`);
}

export function escapeRegex(value: string): string {
  return value.replace(/[\\^$*+?.()|[\]{}/]/g, "\\$&");
}

type Format = (values: readonly string[], name: string, argument: string) => string;

const quoteAll = (values: readonly string[], quote: string) =>
  values.map((one) => `${quote}${one.replaceAll(quote, `\\${quote}`)}${quote}`).join(",");

function escapeHtml(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Percent-encoding that also takes what encodeURIComponent leaves: `!'()*`. */
function strictEncode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function regexFormat(values: readonly string[]): string {
  const escaped = values.map(escapeRegex);
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
}

function queryParam(values: readonly string[], name: string): string {
  return values.map((one) => `var-${encodeURIComponent(name)}=${strictEncode(one)}`).join("&");
}

function customQueryParam(values: readonly string[], name: string, argument: string): string {
  const [shown = "", prefix = ""] = argument.split(":");
  const key = shown === "" ? name : shown;
  return values.map((one) => `${encodeURIComponent(key)}=${prefix}${strictEncode(one)}`).join("&");
}

function lucene(values: readonly string[]): string {
  const escaped = values.map((one) => one.replace(/[!*+\-=<>\s&|()[\]{}^~?:\\/"]/g, "\\$&"));
  return values.length === 1 ? (escaped[0] ?? "") : `(${escaped.map((one) => `"${one}"`).join(" OR ")})`;
}

function date(values: readonly string[], argument: string): string {
  const at = Number(values[0] ?? 0);
  return Number.isNaN(at) ? (values[0] ?? "") : formatDate(at, argument || "iso");
}

const FORMATS: Readonly<Record<string, Format>> = {
  raw: (values) => values.join(","),
  csv: (values) => values.join(","),
  regex: regexFormat,
  pipe: (values) => values.join("|"),
  glob: (values) => (values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? "")),
  json: (values) => JSON.stringify(values.length === 1 ? values[0] : values),
  html: (values) => values.map(escapeHtml).join(", "),
  lucene,
  percentencode: (values) => strictEncode(values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? "")),
  uriencode: (values) => encodeURI(values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? "")),
  queryparam: queryParam,
  customqueryparam: customQueryParam,
  singlequote: (values) => quoteAll(values, "'"),
  doublequote: (values) => quoteAll(values, '"'),
  sqlstring: (values) => values.map((one) => `'${one.replaceAll("'", "''")}'`).join(","),
  distributed: (values, name) => values.map((one, index) => (index === 0 ? one : `${name}=${one}`)).join(","),
  date: (values, _name, argument) => date(values, argument),
  join: (values, _name, argument) => values.join(argument === "" ? "," : argument),
};
