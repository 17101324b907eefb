// The settings that the editor offers, each by its path in the panel's JSON. What is not here is edited as JSON.
// A setting of fields has an `id`: the name under which an override gives some of the fields another value.
import { CHART_OPTIONS } from "./chartOptions";
import {
  choice,
  fieldFigure,
  fieldKind,
  fieldWords,
  figure,
  flag,
  group,
  made,
  type Option,
  own,
  words,
} from "./optionForms";
import { TABLE_OPTIONS } from "./tableOptions";
import { SHOWN_OPTIONS, TILE_OPTIONS } from "./tileOptions";

/** Words for values of choices. */
export const CHOICES: Readonly<Record<string, string>> = {
  timeseries: "Time series",
  stat: "Stat",
  gauge: "Gauge",
  bargauge: "Bar gauge",
  table: "Table",
  text: "Text",
  logs: "Logs",
  heatmap: "Heatmap",
  histogram: "Histogram",
  piechart: "Pie chart",
  "state-timeline": "State timeline",
  "status-history": "Status history",
  barchart: "Bar chart",
  trend: "Trend",
  xychart: "XY chart",
  candlestick: "Candlestick",
  traces: "Traces",
  nodeGraph: "Node graph",
  flamegraph: "Flame graph",
  dashlist: "Dashboard list",
  annolist: "Annotations list",
  alertlist: "Alert list",
  news: "News",
  stepBefore: "Step before",
  stepAfter: "Step after",
  "line+area": "Line and area",
  dashed: "Dashed line",
  "dashed+area": "Dashed line and area",
  "points+lines": "Points and lines",
  "candles+volume": "Candles and volume",
  ohlcbars: "Bars with ticks",
  "open-close": "Since the opening",
  "close-close": "Since the close before",
  viz: "The panel",
  legend: "The legend",
  tooltip: "The tooltip",
  "negative-Y": "Below zero",
  value_and_name: "Value and name",
  "color-text": "Coloured text",
  "color-background": "Coloured background",
  "data-links": "Data links",
  "json-view": "JSON",
  geo: "Place",
  image: "Picture",
  pill: "Chips",
  auto: "Auto",
  lcd: "LCD",
  background_solid: "Plain background",
  same_as_value: "As the number",
  seriesToRows: "One row a series",
  reduceFields: "One row of figures",
  outer: "Of any",
  inner: "Of all",
  outerTabular: "Of any, repeats kept",
  reduceRow: "The row",
  binary: "Two fields",
  unary: "A function of a field",
  cumulativeFunctions: "The rows so far",
  windowFunctions: "A window of rows",
  index: "The number of the row",
  percentage: "Share of the rows",
  fixed: "Rows",
  kvp: "key=value",
  include: "Kept",
  exclude: "Left out",
  greaterOrEqual: "Greater or equal",
  lowerOrEqual: "Lower or equal",
  notEqual: "Not equal",
  substring: "Contains",
  notSubstring: "Contains not",
  isNull: "Null",
  isNotNull: "Not null",
  none: "None",
  asc: "Smallest first",
  desc: "Largest first",
  Ascending: "Oldest first",
  Descending: "Newest first",
  h: "Beside each other",
  v: "Under each other",
  sm: "Low",
  md: "Middle",
  lg: "High",
};

/** A value of a choice as people read it. */
export function wordOf(value: string): string {
  const known = CHOICES[value];
  return known ?? value.charAt(0).toUpperCase() + value.slice(1);
}

const LISTS = ["annolist", "alertlist", "dashlist"];

export const OPTIONS: readonly Option[] = [
  ...group("Panel", undefined, [
    words("Title", ["title"]),
    made("lines")("Description", ["description"]),
    flag("No frame", ["transparent"]),
    made("lines")("Content", own("content"), { types: ["text"] }),
    choice("Mode", own("mode"), ["markdown", "html", "code"], { types: ["text"] }),
    words("Address of the feed", own("feedUrl"), { types: ["news"] }),
  ]),
  ...SHOWN_OPTIONS,
  ...group("Values", undefined, [
    fieldKind("Unit", "unit", "unit"),
    fieldFigure("Decimals", "decimals", "as many as count"),
    fieldFigure("Least", "min", "of the data"),
    fieldFigure("Most", "max", "of the data"),
    fieldWords("Name", "displayName", { hint: "${__field.labels.job}" }),
    fieldWords("No value", "noValue", { hint: "–" }),
    fieldKind("Colours", "color", "color"),
    fieldKind("Thresholds", "thresholds", "thresholds"),
    fieldKind("Value mappings", "mappings", "mappings"),
    fieldKind("Links of values", "links", "links"),
  ]),
  ...CHART_OPTIONS,
  ...TABLE_OPTIONS,
  ...TILE_OPTIONS,
  ...group("Entries", LISTS, [
    figure("At most", own("limit"), "10", { types: ["annolist"] }),
    figure("At most", own("maxItems"), "20", { types: ["alertlist", "dashlist"] }),
    made("names")("Tags", own("tags"), { types: ["annolist", "dashlist"] }),
    words("Words of the title", own("query"), { types: ["dashlist"] }),
    words("Words of the name", own("alertName"), { types: ["alertlist"] }),
    flag("Of this dashboard only", own("onlyFromThisDashboard"), { types: ["annolist"] }),
    flag("In this time only", own("onlyInTimeRange"), { types: ["annolist"] }),
    flag("Starred ones", own("showStarred"), { types: ["dashlist"] }),
  ]),
  ...group("Panel links", undefined, [made("links")("Links of the panel", ["links"])]),
  ...group("Queries", undefined, [
    words("Least step", ["interval"], { hint: "15s" }),
    figure("Most points", ["maxDataPoints"], "one a pixel"),
    words("Own range", ["timeFrom"], { hint: "6h" }),
    words("Shifted by", ["timeShift"], { hint: "1d" }),
    words("Compared with before", ["timeCompare"], { hint: "1d", types: ["timeseries"] }),
  ]),
  ...group("Repeat", undefined, [
    made("variable")("For each value of", ["repeat"]),
    choice("Copies", ["repeatDirection"], ["h", "v"]),
    figure("At most in a row", ["maxPerRow"], "4"),
  ]),
];

/** Properties that an override may give to fields of a panel of this type. */
export function propertiesOf(type: string): readonly Option[] {
  return OPTIONS.filter((one) => one.id !== undefined && (one.types === undefined || one.types.includes(type)));
}

/** The property by its name in overrides, as panels of this type have it, or any others; undefined is one that is edited as JSON. */
export function propertyOf(id: string, type: string): Option | undefined {
  const named = OPTIONS.filter((one) => one.id === id);
  return named.find((one) => one.types?.includes(type)) ?? named[0];
}
