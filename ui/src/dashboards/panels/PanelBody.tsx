// Which component draws which type. A type that is not known shows its data as a table and says so.
import type { ComponentType } from "react";
import type { PanelType } from "../model/types";
import { BarChartPanel } from "./BarChartPanel";
import { CandlestickPanel } from "./candles/CandlestickPanel";
import { FlameGraphPanel } from "./FlameGraphPanel";
import { HeatmapPanel } from "./heatmap/HeatmapPanel";
import { HistogramPanel } from "./histogram/HistogramPanel";
import { AlertListPanel } from "./lists/AlertListPanel";
import { AnnoListPanel } from "./lists/AnnoListPanel";
import { DashListPanel } from "./lists/DashListPanel";
import { NewsPanel } from "./lists/NewsPanel";
import { LogsPanel } from "./logs/LogsPanel";
import { NodeGraphPanel } from "./NodeGraphPanel";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";
import { PiePanel } from "./pie/PiePanel";
import { TrendPanel } from "./plot/TrendPanel";
import { BarGaugePanel } from "./single/BarGaugePanel";
import { GaugePanel } from "./single/GaugePanel";
import { StatPanel } from "./single/StatPanel";
import { StateTimelinePanel } from "./states/StateTimelinePanel";
import { TimeSeriesPanel } from "./TimeSeriesPanel";
import { TracesPanel } from "./TracesPanel";
import { TablePanel } from "./table/TablePanel";
import { TextPanel } from "./text/TextPanel";
import { XYChartPanel } from "./xy/XYChartPanel";

const PANELS: Readonly<Record<Exclude<PanelType, "row">, ComponentType<PanelProps>>> = {
  timeseries: TimeSeriesPanel,
  stat: StatPanel,
  gauge: GaugePanel,
  bargauge: BarGaugePanel,
  table: TablePanel,
  text: TextPanel,
  logs: LogsPanel,
  heatmap: HeatmapPanel,
  histogram: HistogramPanel,
  piechart: PiePanel,
  "state-timeline": StateTimelinePanel,
  "status-history": StateTimelinePanel,
  barchart: BarChartPanel,
  trend: TrendPanel,
  xychart: XYChartPanel,
  candlestick: CandlestickPanel,
  traces: TracesPanel,
  nodeGraph: NodeGraphPanel,
  flamegraph: FlameGraphPanel,
  dashlist: DashListPanel,
  annolist: AnnoListPanel,
  alertlist: AlertListPanel,
  news: NewsPanel,
};

/** Types that ask the server nothing. */
export const WITHOUT_QUERIES: ReadonlySet<string> = new Set([
  "text",
  "dashlist",
  "annolist",
  "alertlist",
  "news",
  "row",
]);

export function PanelBody(props: PanelProps) {
  const type = props.panel.type;
  if (type === undefined || type === "row") {
    return (
      <div className={styles.unknown}>
        <div>Oriel has no panel of the type “{props.panel.written}”. Its data:</div>
        <TablePanel {...props} height={props.height - 28} />
      </div>
    );
  }
  const Body = PANELS[type];
  return <Body {...props} />;
}
