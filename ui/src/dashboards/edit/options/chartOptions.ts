// The settings of panels that are charts: lines, their axes, bars, points over numbers, candles; their legends and tooltips.
import {
  choice,
  fieldChoice,
  fieldFigure,
  fieldFlag,
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

const LINED = ["timeseries", "trend", "candlestick"];
const AXED = [...LINED, "barchart", "xychart"];

/** A second member of an object whose first one overrides know by its name. */
const custom = (...path: string[]) => ["fieldConfig", "defaults", "custom", ...path];

const GRADIENTS = { none: "One", opacity: "Fading", hue: "Neighbours", scheme: "Those of values" };

const LINES = group("Lines", LINED, [
  fieldChoice("Draw", "custom.drawStyle", ["line", "bars", "points"]),
  fieldChoice("Between points", "custom.lineInterpolation", ["linear", "smooth", "stepBefore", "stepAfter"]),
  fieldFigure("Line width", "custom.lineWidth", "1"),
  fieldChoice("Line", "custom.lineStyle", ["solid", "dash", "dot"], { member: "fill" }),
  fieldFigure("Fill, percent", "custom.fillOpacity", "0"),
  fieldChoice("Colours of the fill", "custom.gradientMode", ["none", "opacity", "hue", "scheme"], { words: GRADIENTS }),
  fieldWords("Fill down to", "custom.fillBelowTo", { hint: "name of a series", onlyOverride: true }),
  fieldChoice("Points", "custom.showPoints", ["auto", "always", "never"]),
  fieldFigure("Size of points", "custom.pointSize", "5"),
  fieldFlag("Values on points and bars", "custom.showValues"),
  fieldFigure("Width of bars, part of the step", "custom.barWidthFactor", "0.6"),
  fieldFigure("Bars at most, pixels", "custom.barMaxWidth", "200"),
  fieldChoice("Bars stand", "custom.barAlignment", ["0", "-1", "1"], {
    numeric: true,
    words: { "0": "Around their time", "-1": "Before their time", "1": "After their time" },
  }),
  fieldChoice("Stack", "custom.stacking", ["none", "normal", "percent"], { member: "mode" }),
  words("Stack of", custom("stacking", "group"), { hint: "A" }),
  fieldKind("Join over gaps", "custom.spanNulls", "gaps"),
  fieldKind("Gap between distant points", "custom.insertNulls", "gaps", { choices: ["never", "length"] }),
  fieldChoice("Thresholds", "custom.thresholdsStyle", ["off", "line", "dashed", "area", "line+area", "dashed+area"], {
    member: "mode",
  }),
  fieldChoice("Turned", "custom.transform", ["none", "negative-Y", "constant"], { onlyOverride: true }),
]);

const AXIS = group("Axis", AXED, [
  fieldChoice("Side", "custom.axisPlacement", ["auto", "left", "right", "hidden"]),
  fieldWords("Label", "custom.axisLabel"),
  fieldChoice("Scale", "custom.scaleDistribution", ["linear", "log", "symlog"], {
    member: "type",
    words: { log: "Logarithmic", symlog: "Logarithmic to both sides" },
  }),
  choice("Base of the scale", custom("scaleDistribution", "log"), ["10", "2"], { numeric: true }),
  figure("Linear up to", custom("scaleDistribution", "linearThreshold"), "1"),
  fieldFigure("At least down to", "custom.axisSoftMin", "of the data"),
  fieldFigure("At least up to", "custom.axisSoftMax", "of the data"),
  fieldFlag("Zero in the middle", "custom.axisCenteredZero"),
  fieldFigure("Width, pixels", "custom.axisWidth", "as its labels"),
  fieldFlag("Grid lines", "custom.axisGridShow", { fallback: true }),
  fieldFlag("Border", "custom.axisBorderShow"),
  fieldChoice("Colour of its words", "custom.axisColorMode", ["text", "series"]),
  made("names")("Clocks", own("timezone"), { types: ["timeseries", "candlestick"], hint: "browser, utc, Asia/Tokyo" }),
]);

const BARS = group(
  "Bars",
  ["barchart"],
  [
    words("Names from", own("xField"), { hint: "the first text column" }),
    words("Colours from", own("colorByField"), { hint: "the series" }),
    choice("Direction", own("orientation"), ["auto", "horizontal", "vertical"]),
    choice("Stack", own("stacking"), ["none", "normal", "percent"]),
    choice("Values on bars", own("showValue"), ["auto", "always", "never"]),
    figure("Size of values, pixels", own("text", "valueSize"), "as fits"),
    figure("Width of groups, 0 to 1", own("groupWidth"), "0.7"),
    figure("Width of bars, 0 to 1", own("barWidth"), "0.97"),
    figure("Round corners, 0 to 0.5", own("barRadius"), "0"),
    flag("Whole group stands out", own("fullHighlight")),
    figure("Names turned, degrees", own("xTickLabelRotation"), "0"),
    figure("Letters of a name", own("xTickLabelMaxLength"), "as fit"),
    figure("Room for a name, pixels", own("xTickLabelSpacing"), "as fits"),
    fieldFigure("Line width", "custom.lineWidth", "1"),
    fieldFigure("Fill, percent", "custom.fillOpacity", "80"),
    fieldChoice("Colours of the fill", "custom.gradientMode", ["none", "opacity", "hue", "scheme"], {
      words: GRADIENTS,
    }),
  ],
);

const NUMBERS = [
  ...group("Trend", ["trend"], [words("Over", own("xField"), { hint: "the first column of numbers" })]),
  ...group(
    "Points",
    ["xychart"],
    [
      choice("Columns", own("mapping"), ["auto", "manual"]),
      made("pairs")("Series", own("series")),
      fieldChoice("Draw", "custom.show", ["points", "lines", "points+lines"]),
      fieldFigure("Size of points", "custom.pointSize", "5", { member: "fixed" }),
      figure("Smallest point", custom("pointSize", "min"), "5"),
      figure("Largest point", custom("pointSize", "max"), "50"),
      fieldChoice("Shape", "custom.pointShape", ["circle", "square"]),
      fieldFigure("Edge of points", "custom.pointStrokeWidth", "1"),
      fieldFigure("Fill, percent", "custom.fillOpacity", "50"),
      fieldFigure("Line width", "custom.lineWidth", "1"),
      fieldChoice("Line", "custom.lineStyle", ["solid", "dash", "dot"], { member: "fill" }),
    ],
  ),
  ...group(
    "Candles",
    ["candlestick"],
    [
      choice("Show", own("mode"), ["candles+volume", "candles", "volume"]),
      choice("Style", own("candleStyle"), ["candles", "ohlcbars"]),
      choice("Rises and falls", own("colorStrategy"), ["open-close", "close-close"]),
      made("shade")("Colour of rises", own("colors", "up"), { hint: "green" }),
      made("shade")("Colour of falls", own("colors", "down"), { hint: "red" }),
      made("shade")("Colour of neither", own("colors", "flat"), { hint: "gray" }),
      words("Opening", own("fields", "open"), { hint: "open" }),
      words("Highest", own("fields", "high"), { hint: "high" }),
      words("Lowest", own("fields", "low"), { hint: "low" }),
      words("Closing", own("fields", "close"), { hint: "close" }),
      words("Volume", own("fields", "volume"), { hint: "volume" }),
      flag("Other series as lines", own("includeAllFields")),
    ],
  ),
];

const HIDDEN = group(
  "Series",
  [...AXED, "piechart", "heatmap", "histogram", "state-timeline", "status-history", "table"],
  [fieldKind("Hidden from", "custom.hideFrom", "hides", { onlyOverride: true })],
);

const TABLED = [...LINED, "barchart", "xychart"];

const LEGEND = group("Legend and tooltip", TABLED, [
  flag("Legend", own("legend", "showLegend"), { fallback: true }),
  choice("As", own("legend", "displayMode"), ["list", "table"]),
  choice("Where", own("legend", "placement"), ["bottom", "right"]),
  figure("Width, pixels", own("legend", "width"), "as fits"),
  made("calcs")("With", own("legend", "calcs")),
  words("Sorted by", own("legend", "sortBy"), { hint: "Name, Last *, Max" }),
  flag("Largest first", own("legend", "sortDesc")),
  figure("Names at most", own("legend", "limit"), "all"),
  choice("Tooltip", own("tooltip", "mode"), ["multi", "single", "none"], { types: [...LINED, "barchart"] }),
  choice("Tooltip", own("tooltip", "mode"), ["single", "none"], { types: ["xychart"] }),
  choice("Tooltip's order", own("tooltip", "sort"), ["desc", "asc", "none"], { types: [...LINED, "barchart"] }),
  flag("No zeros in the tooltip", own("tooltip", "hideZeros"), { types: [...LINED, "barchart"] }),
  figure("Tooltip's width, pixels", own("tooltip", "maxWidth"), "420"),
  figure("Tooltip's height, pixels", own("tooltip", "maxHeight"), "as its rows"),
]);

export const CHART_OPTIONS: readonly Option[] = [...NUMBERS, ...BARS, ...LINES, ...AXIS, ...HIDDEN, ...LEGEND];
