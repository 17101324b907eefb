// What state each thing was in, and when: lanes of runs, or of single cells; many lanes in pages.
import { type CSSProperties, type PointerEvent, useMemo, useState } from "react";
import { number, record, text } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/useDark";
import { textEm } from "../compute/fit";
import { legendPlace } from "../compute/legend";
import { lanesOf, runAt, statesOf } from "../compute/states";
import { NoData } from "../NoData";
import { PlacedLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { Stretch, TimeTicks } from "../tip/TimeTicks";
import type { Point } from "../tip/Tip";
import { useDragZoom } from "../tip/useDragZoom";
import { LaneRow } from "./LaneRow";
import { Pager } from "./Pager";
import { StateTip } from "./StateTip";
import styles from "./states.module.css";

const AXIS_PX = 24;
const PAGER_PX = 28;
const LEAST_LANE_PX = 16;
const RIGHT_PX = 12;
const NAME_PX = 12;
const NAME_PAD_PX = 22;
/** Lanes of a page, where the panel does not say. */
const USUAL_PAGE = 20;

const NONE: ReadonlySet<string> = new Set();
const keep = () => undefined;

export function StateTimelinePanel({ panel, frames, range, width, height, lookup, onZoom, onBack }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const cells = panel.type === "status-history";
  const merge = !cells && options.mergeValues !== false;
  const lanes = useMemo(
    () => lanesOf(frames, { merge, cells, dark, hues, until: range.to }),
    [frames, merge, cells, dark, hues, range.to],
  );
  const states = useMemo(() => statesOf(lanes, dark), [lanes, dark]);
  const [page, setPage] = useState(0);
  const [pointed, setPointed] = useState<string>();
  const [over, setOver] = useState<{ point: Point; at: number; lane: number }>();

  const perPage = Math.max(1, number(options.perPage) ?? USUAL_PAGE);
  const pages = Math.ceil(lanes.length / perPage);
  const current = Math.min(page, pages - 1);
  const shown = lanes.slice(current * perPage, (current + 1) * perPage);
  const legend = legendPlace(
    options.legend,
    width,
    height,
    states.map((one) => one.name),
  );
  const room = {
    width: width - (legend.side === "right" ? legend.px : 0),
    height: height - (legend.side === "bottom" ? legend.px : 0),
  };
  const isNamed = lanes.some((one) => one.config.custom.axisPlacement !== "hidden");
  const longest = lanes.reduce((most, one) => Math.max(most, textEm(one.name)), 0) * NAME_PX + NAME_PAD_PX;
  const asked = number(lanes[0]?.config.custom.axisWidth);
  const names = isNamed ? Math.round(asked ?? Math.min(room.width * 0.35, longest)) : RIGHT_PX;
  const plot = Math.max(20, room.width - names - RIGHT_PX);
  const zoom = useDragZoom(range, plot, onZoom, onBack);
  if (lanes.every((one) => one.runs.length === 0)) return <NoData />;

  const below = AXIS_PX + (pages > 1 ? PAGER_PX : 0);
  const lane = Math.max(LEAST_LANE_PX, (room.height - below) / shown.length);
  const x = (at: number) => Math.max(0, Math.min(plot, ((at - range.from) / (range.to - range.from)) * plot));
  const move = (event: PointerEvent) => {
    zoom.bind.onPointerMove(event);
    const box = event.currentTarget.getBoundingClientRect();
    const at = range.from + ((event.clientX - box.left) / plot) * (range.to - range.from);
    const index = Math.floor((event.clientY - box.top) / lane);
    setOver({ point: { x: event.clientX, y: event.clientY }, at, lane: index });
  };
  const tooltip = text(record(options.tooltip).mode, "single");
  const told = over === undefined || tooltip === "none" || zoom.stretch !== undefined ? undefined : over;
  const look: CSSProperties & Record<string, string> = {
    "--fill": `${Math.max(0, Math.min(100, number(lanes[0]?.config.custom.fillOpacity) ?? 70))}%`,
  };
  return (
    <div className={panelStyles.withLegend} data-right={legend.side === "right"} data-testid="state-timeline">
      <div className={styles.states} style={{ ...room, ...look }}>
        <div className={styles.scroll} style={{ maxHeight: room.height - below }}>
          <div className={styles.names} style={{ width: names }}>
            {isNamed &&
              shown.map((one, row) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                <span key={`${one.name} ${row}`} style={{ height: lane, lineHeight: `${lane}px` }} title={one.name}>
                  {one.name}
                </span>
              ))}
          </div>
          <div
            className={styles.plot}
            style={{ width: plot, height: lane * shown.length }}
            {...zoom.bind}
            onPointerMove={move}
            onPointerLeave={() => setOver(undefined)}
          >
            {shown.map((one, row) => (
              <LaneRow
                // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                key={`${one.name} ${row}`}
                lane={one}
                top={row * lane}
                height={lane}
                x={x}
                rowHeight={number(options.rowHeight) ?? 0.9}
                columnWidth={cells ? (number(options.colWidth) ?? 0.9) : undefined}
                showValue={text(options.showValue, "auto")}
                align={cells ? "center" : text(options.alignValue, "left")}
                lineWidth={number(one.config.custom.lineWidth) ?? (cells ? 1 : 0)}
                pointed={pointed}
                lookup={lookup}
              />
            ))}
            {over !== undefined && <div className={styles.cross} style={{ left: x(over.at) }} />}
            <Stretch of={zoom.stretch} />
          </div>
        </div>
        <TimeTicks range={range} left={names} width={plot} height={AXIS_PX} />
        {pages > 1 && <Pager page={current} pages={pages} onPage={setPage} />}
      </div>
      <PlacedLegend
        place={legend}
        columns={[]}
        entries={states.map((one) => ({ ...one, figures: [], texts: [] }))}
        hidden={NONE}
        onHide={keep}
        onPoint={setPointed}
      />
      {told !== undefined && (
        <StateTip
          point={told.point}
          at={told.at}
          found={shown.flatMap((one, index) => {
            const run = tooltip === "multi" || index === told.lane ? runAt(one, told.at) : undefined;
            return run === undefined ? [] : [{ run, near: index === told.lane }];
          })}
          multi={tooltip === "multi"}
        />
      )}
    </div>
  );
}
