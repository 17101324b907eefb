// What a dashboard is to this page: a reading of the stored JSON. The JSON itself is never rewritten; edits are patches.
import type { Json } from "../../api/decode";
import type { KeptData } from "../data/written";
import type { Layout } from "./elements/tree";
import type { Path } from "./patch/path";

/** Grid units: 24 columns, 30 px rows (field format). */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export const GRID_COLUMNS = 24;

export const PANEL_TYPES = [
  "timeseries",
  "stat",
  "gauge",
  "bargauge",
  "table",
  "text",
  "logs",
  "heatmap",
  "histogram",
  "piechart",
  "state-timeline",
  "status-history",
  "barchart",
  "trend",
  "xychart",
  "candlestick",
  "traces",
  "nodeGraph",
  "flamegraph",
  "dashlist",
  "annolist",
  "alertlist",
  "news",
  "row",
] as const;
export type PanelType = (typeof PANEL_TYPES)[number];

/** A data source as a panel names it, before variables are filled in. */
export interface SourceRef {
  readonly type: string | undefined;
  /** Its uid or its name. */
  readonly uid: string | undefined;
}

export interface Target {
  readonly refId: string;
  /** The query text: `expr` of metrics and logs, `query` of traces. */
  readonly expr: string;
  readonly source: SourceRef | undefined;
  readonly legend: string;
  readonly format: "time_series" | "table" | "heatmap" | "logs";
  readonly instant: boolean;
  readonly range: boolean;
  readonly hide: boolean;
  readonly exemplars: boolean;
  /** Least step as text, such as `30s` or `>1s`. */
  readonly interval: string;
  readonly intervalFactor: number;
  readonly queryType: string;
  readonly limit: number | undefined;
  /** The panel whose answers are shown, with its steps or without. */
  readonly panelId?: number | undefined;
  readonly withSteps?: boolean;
  /** An expression over the answers of other queries, as it is written. */
  readonly expression?: Json;
}

export interface Transformation {
  readonly id: string;
  readonly options: Json;
  readonly disabled: boolean;
  /** The queries whose frames it takes, as a name or a /pattern/; undefined: those of all. */
  readonly queries?: string | undefined;
}

export interface Mapping {
  readonly type: "value" | "range" | "regex" | "special";
  readonly options: Json;
}

export interface Threshold {
  readonly value: number;
  readonly color: string;
}

export interface Thresholds {
  readonly mode: "absolute" | "percentage";
  readonly steps: readonly Threshold[];
}

export interface FieldColor {
  readonly mode: string;
  readonly fixedColor?: string | undefined;
  /** Which value gives a whole series its colour; the last one where it is not said. */
  readonly seriesBy?: "last" | "min" | "max" | undefined;
}

/** How the values of a field are shown. */
export interface FieldOptions {
  readonly unit?: string | undefined;
  readonly decimals?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly displayName?: string | undefined;
  readonly noValue?: string | undefined;
  readonly color?: FieldColor | undefined;
  readonly thresholds?: Thresholds | undefined;
  readonly mappings?: readonly Mapping[] | undefined;
  readonly links?: readonly PanelLink[] | undefined;
  readonly custom: Json;
}

export interface Override {
  readonly matcher: string;
  readonly argument: unknown;
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface PanelLink {
  readonly title: string;
  readonly url: string;
  readonly newTab: boolean;
  /** Followed by a click even where there are others. */
  readonly oneClick?: boolean;
}

/** A panel that stands on many dashboards and is stored apart from them. */
export interface LibraryRef {
  readonly uid: string;
  readonly name: string;
}

export interface Panel {
  readonly id: number;
  /** Where its JSON stands in the document; undefined for one that stands nowhere. */
  readonly path: Path | undefined;
  readonly library: LibraryRef | undefined;
  /** The type that draws it; `undefined` is a type this page does not know. */
  readonly type: PanelType | undefined;
  /** The type as written. */
  readonly written: string;
  readonly title: string;
  readonly description: string;
  readonly place: Place;
  readonly source: SourceRef | undefined;
  readonly targets: readonly Target[];
  readonly transformations: readonly Transformation[];
  readonly options: Json;
  readonly defaults: FieldOptions;
  readonly overrides: readonly Override[];
  readonly links: readonly PanelLink[];
  readonly interval: string;
  readonly maxDataPoints: number | undefined;
  readonly timeFrom: string;
  readonly timeShift: string;
  /** How long before the same is asked again, to be compared; empty: not at all. */
  readonly timeCompare: string;
  readonly transparent: boolean;
  readonly repeat: string;
  readonly repeatDirection: "h" | "v";
  readonly maxPerRow: number;
  /** Of a row. */
  readonly collapsed: boolean;
  /** Of a collapsed row. */
  readonly panels: readonly Panel[];
  /** Of a snapshot: what it showed, instead of what it would be answered now. */
  readonly kept?: readonly KeptData[] | undefined;
}

export interface VariableOption {
  readonly text: string;
  readonly value: string;
}

export type VariableKind =
  | "query"
  | "datasource"
  | "custom"
  | "interval"
  | "textbox"
  | "constant"
  | "adhoc"
  | "groupby"
  | "switch";

export interface Variable {
  /** The row or tab that brings it along; without one it is of the whole dashboard. */
  readonly section?: Path;
  /** Its name in its row or tab, where another variable has it too. */
  readonly written?: string;
  readonly name: string;
  readonly kind: VariableKind;
  readonly label: string;
  readonly source: SourceRef | undefined;
  /** The question or the fixed list, by kind. */
  readonly query: string;
  readonly regex: string;
  readonly sort: number;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue: string;
  /** A value that is no option may be typed. */
  readonly ownValues: boolean;
  /** Not shown at all, or shown without its name. */
  readonly hide: "no" | "label" | "variable";
  readonly current: readonly string[];
  readonly options: readonly VariableOption[];
  readonly filters: readonly AdhocFilter[];
  /** Of an interval: one more choice, which follows the shown time in `count` steps and never goes under `least`. */
  readonly auto?: { readonly count: number; readonly least: string } | undefined;
}

export interface AdhocFilter {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
}

/** A question for events that are drawn over charts. */
export interface AnnotationQuery {
  readonly name: string;
  readonly kind: "stored" | "query";
  readonly enabled: boolean;
  /** No switch for it over the dashboard. */
  readonly hidden: boolean;
  readonly color: string;
  readonly source: SourceRef | undefined;
  readonly expr: string;
  readonly step: string;
  /** Texts with `{{label}}`. */
  readonly titleFormat: string;
  readonly textFormat: string;
  /** Labels whose values become tags. */
  readonly tagKeys: readonly string[];
  /** The value of a sample is the time of the event, epoch milliseconds. */
  readonly timeInValue: boolean;
  /** Stored ones: those with `tags` of any dashboard, instead of those of this one. */
  readonly byTags: boolean;
  readonly tags: readonly string[];
  readonly anyTag: boolean;
  readonly limit: number;
  readonly panels: { readonly exclude: boolean; readonly ids: readonly number[] } | undefined;
  /** Of a snapshot: the events that were found, instead of those that would be. */
  readonly kept?: readonly Json[];
}

export interface DashboardLink {
  readonly title: string;
  readonly kind: "link" | "dashboards";
  readonly url: string;
  readonly tags: readonly string[];
  readonly newTab: boolean;
  readonly keepTime: boolean;
  readonly includeVars: boolean;
  /** Of dashboards by tags: behind one button, instead of each by itself. */
  readonly asMenu: boolean;
  readonly tooltip: string;
  /** By the names that dashboards have for them. */
  readonly icon: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly timezone: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly refresh: string | undefined;
  /** 0: own crosshair, 1: shared crosshair, 2: shared tooltip. */
  readonly shared: number;
  readonly editable: boolean;
  readonly variables: readonly Variable[];
  readonly annotations: readonly AnnotationQuery[];
  readonly panels: readonly Panel[];
  /** How the panels stand when they are elements by name; without it each has its place on one grid. */
  readonly layout: Layout | undefined;
  readonly links: readonly DashboardLink[];
  /** What an exported file asks its importer for, by placeholder name: the types of data sources, the values of constants. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The JSON as it came, untouched. */
  readonly json: Json;
}

/** The name and the value that stand for "all options". */
export const ALL = "$__all";
