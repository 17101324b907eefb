// The lanes of a state timeline over its axis of time, and what the pointer does there: it tells, it zooms, it shares its moment.
import { type PointerEvent, useState } from "react";
import { number, record, text } from "../../../api/decode";
import type { PanelProps } from "../panel";
import { EventLines } from "../tip/EventLines";
import { Stretch, TimeTicks } from "../tip/TimeTicks";
import type { Point } from "../tip/Tip";
import tipStyles from "../tip/tip.module.css";
import { useCrosshair } from "../tip/useCrosshair";
import { useDragZoom } from "../tip/useDragZoom";
import { LaneRow } from "./LaneRow";
import { StateTip } from "./StateTip";
import { type Lane, runAt } from "./states";
import styles from "./states.module.css";

export const AXIS_PX = 24;
const LEAST_LANE_PX = 16;
const RIGHT_PX = 12;

interface Props extends Pick<PanelProps, "panel" | "range" | "lookup" | "events" | "syncKey" | "onZoom" | "onBack"> {
  lanes: readonly Lane[];
  width: number;
  height: number;
  /** Zero: no names. */
  namesPx: number;
  pointed: string | undefined;
}

export function StatePlot(props: Props) {
  const { panel, lanes, range, width, height, lookup, pointed, onZoom, onBack } = props;
  const { options } = panel;
  const [over, setOver] = useState<{ point: Point; at: number; lane: number }>();
  const names = props.namesPx === 0 ? RIGHT_PX : props.namesPx;
  const plot = Math.max(20, width - names - RIGHT_PX);
  const room = Math.max(LEAST_LANE_PX, height - AXIS_PX);
  const lane = Math.max(LEAST_LANE_PX, room / lanes.length);
  const zoom = useDragZoom(range, plot, onZoom, onBack);
  const cross = useCrosshair(props.syncKey, (at) =>
    at < range.from || at > range.to ? undefined : ((at - range.from) / (range.to - range.from)) * plot,
  );
  const cells = panel.type === "status-history";
  const move = (event: PointerEvent) => {
    zoom.bind.onPointerMove(event);
    const box = event.currentTarget.getBoundingClientRect();
    const at = range.from + ((event.clientX - box.left) / plot) * (range.to - range.from);
    const index = Math.floor((event.clientY - box.top) / lane);
    cross.tell(at);
    setOver({ point: { x: event.clientX, y: event.clientY }, at, lane: index });
  };
  const leave = () => {
    cross.tell(undefined);
    setOver(undefined);
  };
  const tooltip = text(record(options.tooltip).mode, "single");
  return (
    <>
      <div className={styles.scroll} style={{ maxHeight: room }}>
        <div className={styles.names} style={{ width: names }}>
          {props.namesPx > 0 &&
            lanes.map((one, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
              <span key={`${one.name} ${row}`} style={{ height: lane, lineHeight: `${lane}px` }} title={one.name}>
                {one.name}
              </span>
            ))}
        </div>
        <div
          className={styles.plot}
          style={{ width: plot, height: lane * lanes.length }}
          {...zoom.bind}
          onPointerMove={move}
          onPointerLeave={leave}
        >
          {lanes.map((one, row) => (
            <LaneRow
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
              key={`${one.name} ${row}`}
              lane={one}
              range={range}
              plot={plot}
              top={row * lane}
              height={lane}
              rowHeight={number(options.rowHeight) ?? 0.9}
              columnWidth={cells ? (number(options.colWidth) ?? 0.9) : undefined}
              showValue={text(options.showValue, "auto")}
              align={cells ? "center" : text(options.alignValue, "left")}
              lineWidth={number(one.config.custom.lineWidth) ?? (cells ? 1 : 0)}
              pointed={pointed}
              lookup={lookup}
            />
          ))}
          <EventLines events={props.events} range={range} width={plot} />
          <div ref={cross.line} className={tipStyles.cross} hidden data-testid="crosshair" />
          <Stretch of={zoom.stretch} />
        </div>
      </div>
      <TimeTicks range={range} left={names} width={plot} height={AXIS_PX} />
      {over !== undefined && tooltip !== "none" && zoom.stretch === undefined && (
        <StateTip
          point={over.point}
          at={over.at}
          found={lanes.flatMap((one, index) => {
            const run = tooltip === "multi" || index === over.lane ? runAt(one, over.at) : undefined;
            return run === undefined ? [] : [{ run, near: index === over.lane }];
          })}
          multi={tooltip === "multi"}
        />
      )}
    </>
  );
}
