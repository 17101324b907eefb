// The options that each transformation offers, by their paths. What is not here is edited as JSON beside it.
import { REDUCERS } from "../data/reducers";
import type { Option } from "./options/optionForms";

type StepOption = Pick<Option, "label" | "path" | "kind" | "choices" | "fallback" | "hint">;

/** A list of small objects, one row each. */
export interface StepRows {
  readonly label: string;
  readonly path: readonly (string | number)[];
  readonly add: string;
  readonly fresh: unknown;
  readonly columns: readonly StepOption[];
}

export interface StepForm {
  readonly options?: readonly StepOption[];
  readonly rows?: StepRows;
}

const words = (label: string, path: StepOption["path"], hint?: string): StepOption => ({
  label,
  path,
  kind: "text",
  ...(hint === undefined ? {} : { hint }),
});
const names = (label: string, path: StepOption["path"]): StepOption => ({ label, path, kind: "names" });
const flag = (label: string, path: StepOption["path"]): StepOption => ({ label, path, kind: "flag" });
const choice = (label: string, path: StepOption["path"], choices: readonly [string, ...string[]]): StepOption => ({
  label,
  path,
  kind: "choice",
  choices,
  fallback: choices[0],
});

const JOIN: StepForm = {
  options: [words("Field", ["byField"], "Time"), choice("Rows", ["mode"], ["outer", "inner", "outerTabular"])],
};

export const STEP_FORMS: Readonly<Record<string, StepForm>> = {
  partitionByValues: { options: [names("By the values of", ["fields"]), flag("Keep these fields", ["keepFields"])] },
  groupingToMatrix: {
    options: [
      words("Columns from", ["columnField"], "Time"),
      words("Rows from", ["rowField"], "Time"),
      words("Cells from", ["valueField"], "Value"),
      choice("Where there is none", ["emptyValue"], ["null", "zero", "empty"]),
    ],
  },
  histogram: {
    options: [
      { label: "Width of buckets", path: ["bucketSize"], kind: "number", hint: "as fits" },
      { label: "Begin at", path: ["bucketOffset"], kind: "number", hint: "0" },
      flag("All fields together", ["combine"]),
    ],
  },
  formatTime: {
    options: [words("Field", ["timeField"], "Time"), words("Pattern", ["outputFormat"], "YYYY-MM-DD HH:mm:ss")],
  },
  formatString: {
    options: [
      words("Field", ["stringField"], "field"),
      choice(
        "As",
        ["outputFormat"],
        [
          "Upper Case",
          "Lower Case",
          "Sentence Case",
          "Title Case",
          "Pascal Case",
          "Camel Case",
          "Snake Case",
          "Kebab Case",
          "Trim",
          "Substring",
        ],
      ),
      { label: "From letter", path: ["substringStart"], kind: "number", hint: "0" },
      { label: "To letter", path: ["substringEnd"], kind: "number", hint: "100" },
    ],
  },
  joinByLabels: { options: [words("Columns from label", ["value"], "label"), names("Rows by labels", ["join"])] },
  prepareTimeSeries: { options: [choice("As", ["format"], ["multi", "wide", "long"])] },
  transpose: { options: [words("Name of the first column", ["firstFieldName"])] },
  append: {},
  groupToNestedTable: {},
  ensureColumns: {},
  convertFrameType: {
    options: [
      choice("Becomes", ["targetType"], ["annotation", "timeRegion", "exemplar"]),
      words("Time", ["annotationFieldMapping", "time"], "the time"),
      words("End", ["annotationFieldMapping", "timeEnd"], "timeEnd"),
      words("Title", ["annotationFieldMapping", "title"], "title"),
      words("Text", ["annotationFieldMapping", "text"], "text"),
      words("Tags", ["annotationFieldMapping", "tags"], "tags"),
    ],
  },
  fieldLookup: {
    options: [
      words("Field", ["lookupField"], "a country or its code"),
      choice("In", ["gazetteer"], ["public/gazetteer/countries.json", "public/gazetteer/usa-states.json"]),
    ],
  },
  spatial: {
    options: [
      choice("Do", ["action"], ["prepare", "calculate", "modify"]),
      choice("Places by", ["source", "mode"], ["auto", "coords", "geohash", "lookup"]),
      words("Latitude", ["source", "latitude"], "latitude"),
      words("Longitude", ["source", "longitude"], "longitude"),
      words("Geohash", ["source", "geohash"], "geohash"),
      words("Name of the place", ["source", "lookup"], "country"),
      choice("Calculate", ["calculate", "calc"], ["heading", "distance", "area"]),
      words("As field", ["calculate", "field"], "heading"),
      choice("Transform", ["modify", "op"], ["asLine", "lineBuilder"]),
      words("Latitude of the target", ["modify", "target", "latitude"]),
      words("Longitude of the target", ["modify", "target", "longitude"]),
    ],
  },
  configFromData: {
    options: [
      words("Settings from query", ["configRefId"], "config"),
      choice("For", ["applyTo", "id"], ["byType", "byFrameRefID", "byName"]),
      words("Which", ["applyTo", "options"], "number"),
    ],
    rows: {
      label: "Columns and what they set",
      path: ["mappings"],
      add: "Add a column",
      fresh: { fieldName: "", handlerKey: "max", reducerId: "lastNotNull" },
      columns: [
        words("Column", ["fieldName"], "field"),
        choice(
          "Sets",
          ["handlerKey"],
          [
            "max",
            "min",
            "unit",
            "decimals",
            "displayName",
            "color",
            "threshold1",
            "noValue",
            "mappings.value",
            "mappings.text",
            "mappings.color",
            "__ignore",
          ],
        ),
        { label: "As", path: ["reducerId"], kind: "choice", choices: REDUCERS, fallback: "lastNotNull" },
      ],
    },
  },
  regression: {
    options: [
      choice("Curve", ["modelType"], ["linear", "polynomial"]),
      { label: "Degree", path: ["degree"], kind: "number", hint: "2" },
      { label: "Points", path: ["predictionCount"], kind: "number", hint: "100" },
      words("X", ["xFieldName"], "the time"),
      words("Y", ["yFieldName"], "the first number"),
    ],
  },
  smoothing: { options: [{ label: "Points", path: ["resolution"], kind: "number", hint: "100" }] },
  heatmap: {
    options: [
      choice("Columns by", ["xBuckets", "mode"], ["count", "size"]),
      { label: "Columns, or their milliseconds", path: ["xBuckets", "value"], kind: "number", hint: "30" },
      choice("Rows by", ["yBuckets", "mode"], ["count", "size"]),
      { label: "Rows, or their size", path: ["yBuckets", "value"], kind: "number", hint: "30" },
    ],
  },
  rowsToFields: {},
  timeSeriesTable: {},
  merge: {},
  seriesToRows: {},
  concatenate: {},
  joinByField: JOIN,
  seriesToColumns: JOIN,
  filterFieldsByName: {
    options: [
      names("These fields", ["include", "names"]),
      words("Fields that match", ["include", "pattern"], "/value.*/"),
      words("Except fields that match", ["exclude", "pattern"]),
    ],
  },
  filterByRefId: { options: [words("Queries that match", ["include"], "A|B")] },
  renameByRegex: {
    options: [words("Pattern", ["regex"], "(.*)-total"), words("Becomes", ["renamePattern"], "$1")],
  },
  reduce: {
    options: [
      choice("Into", ["mode"], ["seriesToRows", "reduceFields"]),
      { label: "Figures", path: ["reducers"], kind: "calcs" },
      flag("Labels as columns", ["labelsToFields"]),
      flag("Times too", ["includeTimeField"]),
    ],
  },
  sortBy: { options: [words("Field", ["sort", 0, "field"], "Time"), flag("Largest first", ["sort", 0, "desc"])] },
  limit: { options: [{ label: "Rows", path: ["limitField"], kind: "number", hint: "10" }] },
  labelsToFields: {
    options: [
      choice("Labels become", ["mode"], ["columns", "rows"]),
      names("Only these labels", ["keepLabels"]),
      words("Name of the value from", ["valueLabel"], "a label"),
    ],
  },
  extractFields: {
    options: [
      words("Field", ["source"], "labels"),
      choice("Format", ["format"], ["auto", "json", "kvp", "regexp"]),
      words("Pattern", ["regExp"], "/(?<name>.*)/"),
      flag("In place of all fields", ["replace"]),
      flag("Keep the time", ["keepTime"]),
    ],
  },
  calculateField: {
    options: [
      choice("From", ["mode"], ["reduceRow", "binary", "unary", "cumulativeFunctions", "windowFunctions", "index"]),
      { label: "Figure of the row", path: ["reduce", "reducer"], kind: "choice", choices: REDUCERS, fallback: "sum" },
      names("Of fields", ["reduce", "include"]),
      words("Left", ["binary", "left"], "a field or a number"),
      choice("Operator", ["binary", "operator"], ["+", "-", "*", "/", "%", "^"]),
      words("Right", ["binary", "right"], "a field or a number"),
      choice("Function", ["unary", "operator"], ["abs", "exp", "ln", "floor", "ceil", "round"]),
      words("Function of field", ["unary", "fieldName"]),
      choice("So far", ["cumulative", "reducer"], ["sum", "mean"]),
      words("So far, of field", ["cumulative", "field"]),
      choice("Window", ["window", "reducer"], ["mean", "stdDev", "variance"]),
      words("Window, of field", ["window", "field"]),
      choice("Window stands", ["window", "windowAlignment"], ["trailing", "centered"]),
      choice("Window in", ["window", "windowSizeMode"], ["percentage", "fixed"]),
      { label: "Size of the window", path: ["window", "windowSize"], kind: "number", hint: "0.1" },
      flag("Rows as shares", ["index", "asPercentile"]),
      words("Name", ["alias"]),
      flag("In place of all fields", ["replaceFields"]),
    ],
  },
  convertFieldType: {
    rows: {
      label: "Fields",
      path: ["conversions"],
      add: "Add a field",
      fresh: { targetField: "", destinationType: "number" },
      columns: [
        words("Field", ["targetField"], "field"),
        choice("Type", ["destinationType"], ["number", "string", "time", "boolean"]),
      ],
    },
  },
  filterByValue: {
    options: [choice("Rows that match are", ["type"], ["include", "exclude"]), choice("By", ["match"], ["any", "all"])],
    rows: {
      label: "Conditions",
      path: ["filters"],
      add: "Add a condition",
      fresh: { fieldName: "", config: { id: "greater", options: { value: 0 } } },
      columns: [
        words("Field", ["fieldName"], "field"),
        choice(
          "Is",
          ["config", "id"],
          [
            "greater",
            "greaterOrEqual",
            "lower",
            "lowerOrEqual",
            "equal",
            "notEqual",
            "regex",
            "substring",
            "notSubstring",
            "isNull",
            "isNotNull",
          ],
        ),
        words("Value", ["config", "options", "value"]),
      ],
    },
  },
};

/** `filterFieldsByName` as people read it. */
export function stepName(id: string): string {
  const spelled = id.replaceAll(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`);
  return spelled.charAt(0).toUpperCase() + spelled.slice(1);
}
