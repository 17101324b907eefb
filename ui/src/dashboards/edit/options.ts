// The settings that the editor offers, each by its path in the panel's JSON. What is not here is edited as JSON.

export interface Option {
  readonly group: string;
  readonly label: string;
  readonly path: readonly (string | number)[];
  readonly kind: "text" | "number" | "flag" | "choice";
  readonly choices?: readonly string[];
  readonly fallback?: string | boolean;
  readonly hint?: string;
  /** The value is a list of one. */
  readonly list?: boolean;
  /** Panels that have it; absent: all. */
  readonly types?: readonly string[];
}

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
  traces: "Traces",
  nodeGraph: "Node graph",
  flamegraph: "Flame graph",
  dashlist: "Dashboard list",
  annolist: "Annotations list",
  alertlist: "Alert list",
  news: "News",
  lastNotNull: "Last",
  firstNotNull: "First",
  mean: "Mean",
  sum: "Sum",
  "palette-classic": "By series",
  "continuous-GrYlRd": "Green to red",
  "continuous-BlYlRd": "Blue to red",
  "continuous-blues": "Blues",
};

const field = (...path: string[]) => ["fieldConfig", "defaults", ...path];
const custom = (...path: string[]) => field("custom", ...path);
const own = (...path: string[]) => ["options", ...path];

type Path = Option["path"];
type Rest = Partial<Omit<Option, "label" | "path" | "kind" | "group">>;

/** Settings of one heading; `types` of a group hold for each of its settings that names none. */
function group(
  name: string,
  types: readonly string[] | undefined,
  options: readonly Omit<Option, "group">[],
): Option[] {
  return options.map((one) => ({ ...(types === undefined ? {} : { types }), ...one, group: name }));
}

const words = (label: string, path: Path, rest: Rest = {}) => ({ label, path, kind: "text" as const, ...rest });
const figure = (label: string, path: Path, hint: string, rest: Rest = {}) => ({
  label,
  path,
  kind: "number" as const,
  hint,
  ...rest,
});
const flag = (label: string, path: Path, rest: Rest = {}) => ({ label, path, kind: "flag" as const, ...rest });

/** The first of the choices is what holds when nothing is written. */
const choice = (label: string, path: Path, choices: readonly [string, ...string[]], rest: Rest = {}) => ({
  label,
  path,
  kind: "choice" as const,
  choices,
  fallback: choices[0],
  ...rest,
});

const REDUCED = ["stat", "gauge", "bargauge", "piechart"];
const WITH_LEGEND = ["timeseries", "barchart", "piechart"];
const DIRECTED = ["stat", "gauge", "bargauge", "barchart"];

export const OPTIONS: readonly Option[] = [
  ...group("Panel", undefined, [
    words("Title", ["title"]),
    words("Description", ["description"]),
    flag("No frame", ["transparent"]),
    words("Content", own("content"), { types: ["text"] }),
    choice("Mode", own("mode"), ["markdown", "html", "code"], { types: ["text"] }),
  ]),
  ...group("Values", undefined, [
    words("Unit", field("unit"), { hint: "bytes, s, percentunit, reqps, suffix:x" }),
    figure("Decimals", field("decimals"), "as many as count"),
    figure("Least", field("min"), "of the data"),
    figure("Most", field("max"), "of the data"),
    words("No value", field("noValue"), { hint: "–" }),
    choice("Colours", field("color", "mode"), [
      "palette-classic",
      "thresholds",
      "continuous-GrYlRd",
      "continuous-BlYlRd",
      "continuous-blues",
    ]),
    choice("Show", own("reduceOptions", "calcs"), ["lastNotNull", "mean", "max", "min", "sum", "firstNotNull"], {
      list: true,
      types: REDUCED,
    }),
  ]),
  ...group(
    "Look",
    ["timeseries"],
    [
      choice("Draw", custom("drawStyle"), ["line", "bars", "points"]),
      figure("Line width", custom("lineWidth"), "1"),
      figure("Fill, percent", custom("fillOpacity"), "0"),
      choice("Steps", custom("lineInterpolation"), ["linear", "smooth", "stepBefore", "stepAfter"]),
      choice("Stack", custom("stacking", "mode"), ["none", "normal", "percent"]),
      flag("Join over gaps", custom("spanNulls")),
      choice("Thresholds", custom("thresholdsStyle", "mode"), ["off", "line", "dashed", "area", "line+area"]),
      words("Axis label", custom("axisLabel")),
      choice("Colour", own("colorMode"), ["value", "background", "none"], { types: ["stat"] }),
      choice("Small chart", own("graphMode"), ["area", "none"], { types: ["stat"] }),
      choice("Bars", own("displayMode"), ["gradient", "lcd", "basic"], { types: ["bargauge"] }),
      choice("Direction", own("orientation"), ["auto", "horizontal", "vertical"], { types: DIRECTED }),
      choice("Shape", own("pieType"), ["pie", "donut"], { types: ["piechart"] }),
      flag("Wrap lines", own("wrapLogMessage"), { types: ["logs"] }),
      choice("Oldest first", own("sortOrder"), ["Descending", "Ascending"], { types: ["logs"] }),
      flag("Count values", own("calculate"), { types: ["heatmap"] }),
      flag("Of this dashboard only", own("onlyFromThisDashboard"), { types: ["annolist"] }),
      flag("In this time only", own("onlyInTimeRange"), { types: ["annolist"] }),
      figure("At most", own("limit"), "10", { types: ["annolist"] }),
      figure("At most", own("maxItems"), "20", { types: ["alertlist", "dashlist"] }),
    ],
  ),
  ...group("Legend", WITH_LEGEND, [
    flag("Legend", own("legend", "showLegend"), { fallback: true }),
    choice("As", own("legend", "displayMode"), ["list", "table"]),
    choice("Where", own("legend", "placement"), ["bottom", "right"]),
  ]),
  ...group("Queries", undefined, [
    words("Least step", ["interval"], { hint: "15s" }),
    words("Own range", ["timeFrom"], { hint: "6h" }),
    words("Shifted by", ["timeShift"], { hint: "1d" }),
    words("Repeat for", ["repeat"], { hint: "a variable" }),
  ]),
];
