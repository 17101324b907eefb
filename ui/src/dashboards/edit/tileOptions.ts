// The settings of panels that are made of tiles: figures, cells, slices, lines of logs.
import { choice, figure, flag, group, made, type Option, own, words } from "./optionForms";

const REDUCED = ["stat", "gauge", "bargauge", "piechart"];

export const SHOWN_OPTIONS: readonly Option[] = [
  ...group("Shown", REDUCED, [
    made("calcs")("Of each series", own("reduceOptions", "calcs"), { hint: "lastNotNull" }),
    flag("Every value", own("reduceOptions", "values")),
    figure("At most", own("reduceOptions", "limit"), "all"),
    words("Of fields", own("reduceOptions", "fields"), { hint: "numbers; a name or /pattern/" }),
    choice("Colour", own("colorMode"), ["value", "background", "none"], { types: ["stat"] }),
    choice("Small chart", own("graphMode"), ["none", "area"], { types: ["stat"] }),
    choice("Text", own("textMode"), ["auto", "value", "value_and_name", "name", "none"], { types: ["stat"] }),
    flag("Change in percent", own("showPercentChange"), { types: ["stat"] }),
    figure("Size of values, pixels", own("text", "valueSize"), "as fits", { types: ["stat"] }),
    choice("Bars", own("displayMode"), ["gradient", "lcd", "basic"], { types: ["bargauge"] }),
    flag("Marks of thresholds", own("showThresholdMarkers"), { types: ["gauge"], fallback: true }),
    choice("Shape", own("pieType"), ["pie", "donut"], { types: ["piechart"] }),
    made("names")("On slices", own("displayLabels"), { types: ["piechart"], choices: ["name", "value", "percent"] }),
    choice("Direction", own("orientation"), ["auto", "horizontal", "vertical"], {
      types: ["stat", "gauge", "bargauge"],
    }),
  ]),
];

export const TILE_OPTIONS: readonly Option[] = [
  ...group(
    "Cells",
    ["heatmap", "histogram", "state-timeline", "status-history"],
    [
      flag("Count values", own("calculate"), { types: ["heatmap"] }),
      choice("Colours", own("color", "scheme"), ["Oranges", "Blues", "Greens", "Greys", "Reds", "Spectral", "Turbo"], {
        types: ["heatmap"],
      }),
      made("unit")("Unit of the axis", own("yAxis", "unit"), { types: ["heatmap"] }),
      figure("Width of buckets", own("bucketSize"), "as fits", { types: ["histogram"] }),
      flag("Join equal values", own("mergeValues"), { types: ["state-timeline"], fallback: true }),
      choice("Values", own("showValue"), ["auto", "always", "never"], { types: ["state-timeline", "status-history"] }),
      figure("Height of rows, 0 to 1", own("rowHeight"), "0.9", { types: ["state-timeline", "status-history"] }),
    ],
  ),
  ...group(
    "Lines of logs",
    ["logs"],
    [
      choice("Order", own("sortOrder"), ["Descending", "Ascending"]),
      flag("Wrap lines", own("wrapLogMessage")),
      flag("Time", own("showTime"), { fallback: true }),
      flag("Labels", own("showLabels")),
      flag("Indent JSON", own("prettifyLogMessage")),
      choice("Alike lines once", own("dedupStrategy"), ["none", "exact", "numbers", "signature"]),
    ],
  ),
];
