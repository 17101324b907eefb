// The settings of panels that are made of tiles: figures, cells, slices, lines of logs.
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
    ],
  ),
];

export const TILE_OPTIONS: readonly Option[] = [
  ...group(
    "Cells",
    ["heatmap", "histogram"],
    [
      flag("Count values", own("calculate"), { types: ["heatmap"] }),
      choice("Colours", own("color", "scheme"), ["Oranges", "Blues", "Greens", "Greys", "Reds", "Spectral", "Turbo"], {
        types: ["heatmap"],
      }),
      made("unit")("Unit of the axis", own("yAxis", "unit"), { types: ["heatmap"] }),
      figure("Width of buckets", own("bucketSize"), "as fits", { types: ["histogram"] }),
    ],
  ),
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
  ...group(
    "Legend and tooltip",
    [...PIES, ...STATES, ...BAR_GAUGES],
    [
      flag("Legend", own("legend", "showLegend"), { types: [...PIES, ...STATES], fallback: true }),
      flag("Legend", own("legend", "showLegend"), { types: BAR_GAUGES }),
      choice("As", own("legend", "displayMode"), ["list", "table"]),
      choice("Where", own("legend", "placement"), ["bottom", "right"], { types: [...STATES, ...BAR_GAUGES] }),
      choice("Where", own("legend", "placement"), ["right", "bottom"], { types: PIES }),
      figure("Width, pixels", own("legend", "width"), "as fits"),
      made("names")("With", own("legend", "values"), { types: PIES, choices: ["value", "percent"] }),
      choice("Tooltip", own("tooltip", "mode"), ["single", "multi", "none"], { types: [...PIES, ...STATES] }),
    ],
  ),
];
