// The settings of panels that are made of tiles: figures, cells, slices, lines of logs.

import { SCHEMES } from "../../panels/heatmap/heatColors";
import {
  choice,
  fieldChoice,
  fieldFigure,
  fieldFlag,
  figure,
  flag,
  group,
  made,
  type Option,
  own,
  words,
} from "./optionForms";

const STATS = ["stat"];
const DIALS = ["gauge"];
const BAR_GAUGES = ["bargauge"];
const PIES = ["piechart"];
const TIMELINES = ["state-timeline"];
const HISTORIES = ["status-history"];
const STATES = [...TIMELINES, ...HISTORIES];
const HEATMAPS = ["heatmap"];
const HISTOGRAMS = ["histogram"];
const LOGS = ["logs"];
const REDUCED = [...STATS, ...DIALS, ...BAR_GAUGES, ...PIES];

export const SHOWN_OPTIONS: readonly Option[] = [
  ...group("Shown", REDUCED, [
    made("calcs")("Of each series", own("reduceOptions", "calcs"), { hint: "lastNotNull" }),
    flag("Every value", own("reduceOptions", "values")),
    figure("At most", own("reduceOptions", "limit"), "all"),
    words("Of fields", own("reduceOptions", "fields"), { hint: "numbers; a name or /pattern/" }),
    choice("Direction", own("orientation"), ["auto", "horizontal", "vertical"], {
      types: ["stat", "gauge", "bargauge"],
    }),
    choice("Text", own("textMode"), ["auto", "value", "value_and_name", "name", "none"], { types: ["stat", "gauge"] }),
  ]),
  ...group("Numbers", STATS, [
    choice("Colour", own("colorMode"), ["value", "background", "background_solid", "none"]),
    choice("Small chart", own("graphMode"), ["area", "none"]),
    choice("Aligned", own("justifyMode"), ["auto", "center"]),
    flag("Name beside the number", own("wideLayout"), { fallback: true }),
    flag("Change in percent", own("showPercentChange")),
    choice("Colour of the change", own("percentChangeColorMode"), ["standard", "inverted", "same_as_value"]),
  ]),
  ...group("Dial", DIALS, [
    choice("Shape", own("shape"), ["gauge", "circle"]),
    figure("Breadth of the bar, 0 to 1", own("barWidthFactor"), "0.5"),
    choice("Ends of the bar", own("barShape"), ["flat", "rounded"]),
    figure("Segments", own("segmentCount"), "1"),
    figure("Space between segments, 0 to 1", own("segmentSpacing"), "0.3"),
    choice("Mark of the value", own("endpointMarker"), ["none", "point"]),
    flag("Small chart", own("sparkline")),
    flag("Colours flow", own("effects", "gradient")),
    flag("The bar glows", own("effects", "barGlow")),
    flag("The middle glows", own("effects", "centerGlow")),
    flag("Marks of thresholds", own("showThresholdMarkers"), { fallback: true }),
    flag("Numbers of thresholds", own("showThresholdLabels")),
    fieldFigure("Bars begin at", "custom.neutral", "the least"),
  ]),
  ...group("Bars", BAR_GAUGES, [
    choice("Bars", own("displayMode"), ["gradient", "lcd", "basic"]),
    choice("Number", own("valueMode"), ["color", "text", "hidden"]),
    choice("Name", own("namePlacement"), ["auto", "top", "left", "hidden"]),
    flag("The rest of the bar", own("showUnfilled"), { fallback: true }),
  ]),
  ...group("Pie", PIES, [
    choice("Shape", own("pieType"), ["pie", "donut"]),
    choice("Order", own("sort"), ["desc", "asc", "none"], { words: { none: "As they come" } }),
    made("names")("On slices", own("displayLabels"), { choices: ["name", "value", "percent"] }),
  ]),
  ...group(
    "Sizes",
    [...STATS, ...DIALS, ...BAR_GAUGES],
    [
      choice("Size of each", own("sizing"), ["auto", "manual"], { types: [...DIALS, ...BAR_GAUGES] }),
      figure("Least width, pixels", own("minVizWidth"), "as fits", { types: [...DIALS, ...BAR_GAUGES] }),
      figure("Least height, pixels", own("minVizHeight"), "as fits", { types: [...DIALS, ...BAR_GAUGES] }),
      figure("Most height, pixels", own("maxVizHeight"), "300", { types: BAR_GAUGES }),
      figure("Size of names, pixels", own("text", "titleSize"), "as fits"),
      figure("Size of values, pixels", own("text", "valueSize"), "as fits"),
      figure("Size of the change, pixels", own("text", "percentSize"), "as fits", { types: STATS }),
    ],
  ),
];

export const TILE_OPTIONS: readonly Option[] = [
  ...group("Buckets", HEATMAPS, [
    flag("Count values", own("calculate")),
    choice("Columns by", own("calculation", "xBuckets", "mode"), ["size", "count"]),
    words("Length or number of columns", own("calculation", "xBuckets", "value"), { hint: "as fits, 1m, 40" }),
    choice("Rows by", own("calculation", "yBuckets", "mode"), ["size", "count"]),
    words("Height or number of rows", own("calculation", "yBuckets", "value"), { hint: "as fits" }),
    choice("Scale of rows", own("calculation", "yBuckets", "scale", "type"), ["linear", "log"]),
    figure("Base of the logarithm", own("calculation", "yBuckets", "scale", "log"), "2"),
    choice("Names of buckets are", own("rowsFrame", "layout"), ["auto", "le", "ge", "unknown"], {
      words: { le: "Upper ends", ge: "Lower ends", unknown: "Names" },
    }),
    words("Name of the counts", own("rowsFrame", "value"), { hint: "Value" }),
    figure("No cells up to", own("filterValues", "le"), "0.000000001"),
    figure("No cells from", own("filterValues", "ge"), "none"),
  ]),
  ...group("Colours of cells", HEATMAPS, [
    choice("Colours", own("color", "mode"), ["scheme", "opacity"], {
      words: { scheme: "A scale", opacity: "One colour, more and less of it" },
    }),
    choice("Scale", own("color", "scheme"), ["Oranges", ...SCHEMES.filter((one) => one !== "Oranges")]),
    words("The one colour", own("color", "fill"), { hint: "dark-orange" }),
    choice("It grows", own("color", "scale"), ["exponential", "linear"]),
    figure("By the power of", own("color", "exponent"), "0.5"),
    figure("Steps", own("color", "steps"), "64"),
    flag("Reversed", own("color", "reverse")),
    figure("Scale from", own("color", "min"), "the least"),
    figure("Scale to", own("color", "max"), "the most"),
    flag("Legend", own("legend", "show"), { fallback: true }),
  ]),
  ...group("Cells", HEATMAPS, [
    made("unit")("Unit", own("cellValues", "unit")),
    figure("Decimals", own("cellValues", "decimals"), "as many as count"),
    choice("Numbers in cells", own("showValue"), ["never", "auto", "always"]),
    figure("Space between, pixels", own("cellGap"), "1"),
    figure("Round corners, pixels", own("cellRadius"), "0"),
    words("Colour of exemplars", own("exemplars", "color"), { hint: "rgba(255, 0, 255, 0.7)" }),
  ]),
  ...group("Axis", HEATMAPS, [
    choice("Side", own("yAxis", "axisPlacement"), ["left", "right", "hidden"]),
    words("Label", own("yAxis", "axisLabel")),
    figure("Width, pixels", own("yAxis", "axisWidth"), "as fits"),
    made("unit")("Unit", own("yAxis", "unit")),
    figure("Decimals", own("yAxis", "decimals"), "as many as count"),
    figure("From", own("yAxis", "min"), "the least"),
    figure("To", own("yAxis", "max"), "the most"),
    flag("Upside down", own("yAxis", "reverse")),
  ]),
  ...group("Tooltip", HEATMAPS, [
    choice("Tooltip", own("tooltip", "mode"), ["single", "none"]),
    flag("All buckets of the moment", own("tooltip", "yHistogram")),
    flag("Scale of colours", own("tooltip", "showColorScale")),
  ]),
  ...group("Histogram", HISTOGRAMS, [
    figure("Buckets, about", own("bucketCount"), "30"),
    figure("Width of buckets", own("bucketSize"), "as fits"),
    figure("Edges moved by", own("bucketOffset"), "0"),
    flag("All series together", own("combine")),
    fieldChoice("Stack", "custom.stacking", ["none", "normal", "percent"], { member: "mode" }),
    fieldFigure("Fill, percent", "custom.fillOpacity", "80"),
    fieldFigure("Line width", "custom.lineWidth", "1"),
    fieldChoice("Colours of the fill", "custom.gradientMode", ["none", "opacity", "hue", "scheme"], {
      words: { none: "One", opacity: "Fading", hue: "Neighbours", scheme: "Those of values" },
    }),
  ]),
  ...group("States", STATES, [
    flag("Join equal values", own("mergeValues"), { types: TIMELINES, fallback: true }),
    choice("Values", own("showValue"), ["auto", "always", "never"]),
    choice("Values stand", own("alignValue"), ["left", "center", "right"], { types: TIMELINES }),
    figure("Height of rows, 0 to 1", own("rowHeight"), "0.9"),
    figure("Width of columns, 0 to 1", own("colWidth"), "0.9", { types: HISTORIES }),
    figure("Rows of a page", own("perPage"), "20"),
    fieldFlag("Join over gaps", "custom.spanNulls", { types: TIMELINES }),
    fieldFigure("Fill, percent", "custom.fillOpacity", "70"),
    fieldFigure("Line width", "custom.lineWidth", "0"),
    fieldChoice("Names", "custom.axisPlacement", ["auto", "hidden"]),
    fieldFigure("Width of names, pixels", "custom.axisWidth", "as fits"),
  ]),
  ...group("Lines of logs", LOGS, [
    choice("Order", own("sortOrder"), ["Descending", "Ascending"]),
    flag("Time", own("showTime"), { fallback: true }),
    choice("Time to the", own("timestampResolution"), ["ms", "ns"], { words: { ms: "Millisecond", ns: "Nanosecond" } }),
    flag("Level", own("showLevel")),
    flag("Labels that differ", own("showLabels")),
    flag("Labels of all lines", own("showCommonLabels")),
    made("names")("Fields instead of the line", own("displayedFields")),
    flag("Wrap lines", own("wrapLogMessage")),
    flag("Indent JSON, where lines wrap", own("prettifyLogMessage")),
    flag("Colours within lines", own("syntaxHighlighting")),
    choice("Letters", own("fontSize"), ["default", "small"]),
    choice("Alike lines once", own("dedupStrategy"), ["none", "exact", "numbers", "signature"]),
    flag("Details of a line", own("enableLogDetails"), { fallback: true }),
    choice("Details stand", own("detailsMode"), ["inline", "sidebar"], {
      words: { inline: "Below the line", sidebar: "Beside the lines" },
    }),
    flag("Button for the lines around", own("showLogContextToggle")),
    flag("Older lines as they are scrolled to", own("enableInfiniteScrolling")),
    flag("Buttons beside the lines", own("showControls")),
  ]),
  ...group(
    "Code",
    ["text"],
    [
      words("Language", own("code", "language"), { hint: "plaintext, json, yaml, sql" }),
      flag("Numbers of lines", own("code", "showLineNumbers")),
    ],
  ),
  ...group(
    "Legend and tooltip",
    [...PIES, ...STATES, ...BAR_GAUGES],
    [
      flag("Legend", own("legend", "showLegend"), { types: [...PIES, ...STATES, ...HISTOGRAMS], fallback: true }),
      flag("Legend", own("legend", "showLegend"), { types: BAR_GAUGES }),
      choice("As", own("legend", "displayMode"), ["list", "table"]),
      choice("Where", own("legend", "placement"), ["bottom", "right"], {
        types: [...STATES, ...BAR_GAUGES, ...HISTOGRAMS],
      }),
      choice("Where", own("legend", "placement"), ["right", "bottom"], { types: PIES }),
      figure("Width, pixels", own("legend", "width"), "as fits"),
      made("names")("With", own("legend", "values"), { types: PIES, choices: ["value", "percent"] }),
      made("calcs")("With", own("legend", "calcs"), { types: HISTOGRAMS }),
      choice("Tooltip", own("tooltip", "mode"), ["single", "multi", "none"], { types: [...PIES, ...STATES] }),
      choice("Tooltip", own("tooltip", "mode"), ["multi", "none"], { types: HISTOGRAMS }),
    ],
  ),
];
