// How often values fall into each bucket over time, as shades on a canvas.
import { type PointerEvent, useMemo, useState } from "react";
import { useDark } from "../../../ui/hooks/useDark";
import { cssColor } from "../../field/colors";
import { ChartLinks, type Pinned } from "../links/ChartLinks";
import { filledLinks } from "../links/dataLinks";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import { textEm } from "../single/fit";
import { EventLines } from "../tip/EventLines";
import { Stretch, TimeTicks } from "../tip/TimeTicks";
import type { Point } from "../tip/Tip";
import tipStyles from "../tip/tip.module.css";
import { useCrosshair } from "../tip/useCrosshair";
import { useDragZoom } from "../tip/useDragZoom";
import { ColorBar } from "./ColorBar";
import { Exemplars } from "./Exemplars";
import { HeatCells } from "./HeatCells";
import { HeatTip } from "./HeatTip";
import { heatOf } from "./heat";
import styles from "./heat.module.css";
import { paletteOf } from "./heatColors";
import { countText, heatAsk, heatLook, rowMarks } from "./heatLook";

const TOP_PX = 6;
const AXIS_PX = 24;
const BAR_PX = 26;
const SIDE_PX = 12;
const LABEL_PX = 11;
const ROW_LABEL_PX = 18;
/** Stands out from every scale of colours. */
const MARK_COLOR = "rgba(255, 0, 255, 0.7)";
/** A lower panel has no room for the scale of colours. */
const LEAST_BAR_HEIGHT = 120;

interface Over {
  readonly point: Point;
  readonly row: number;
  readonly column: number;
}

export function HeatmapPanel(props: PanelProps) {
  const { panel, frames, range, width, height, lookup, onZoom, onBack } = props;
  const dark = useDark();
  const { options, defaults } = panel;
  const heat = useMemo(() => heatOf(frames, heatAsk(options)), [frames, options]);
  const look = useMemo(() => heatLook(options, defaults), [options, defaults]);
  const palette = useMemo(() => paletteOf(look.colors, dark), [look, dark]);
  const [over, setOver] = useState<Over>();
  const [pinned, setPinned] = useState<Pinned>();

  const barPx = look.legend && height >= LEAST_BAR_HEIGHT ? BAR_PX : 0;
  const plotHeight = Math.max(10, height - TOP_PX - AXIS_PX - barPx);
  const marks = heat === undefined ? [] : rowMarks(heat.rows, look, Math.floor(plotHeight / ROW_LABEL_PX));
  const longest = marks.reduce((most, one) => Math.max(most, textEm(one.text)), 0) * LABEL_PX;
  const titlePx = look.axisLabel === "" || look.axis === "hidden" ? 0 : 16;
  const axis = look.axis === "hidden" ? 0 : (look.axisWidth ?? Math.min(width * 0.3, longest + 14)) + titlePx;
  const left = look.axis === "left" ? Math.max(SIDE_PX, axis) : SIDE_PX;
  const plot = Math.max(10, width - SIDE_PX - Math.max(SIDE_PX, axis));
  const zoom = useDragZoom(range, plot, onZoom, onBack);
  const cross = useCrosshair(props.syncKey, (at) =>
    at < range.from || at > range.to ? undefined : ((at - range.from) / (range.to - range.from)) * plot,
  );
  const low = look.low ?? heat?.min ?? 0;
  const high = look.high ?? heat?.max ?? 0;

  if (heat === undefined || heat.rows.length === 0) return <NoData />;
  const find = (event: { clientX: number; clientY: number; currentTarget: Element }): Over | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const at = range.from + (x / plot) * (range.to - range.from);
    const column = Math.floor((at - (heat.starts[0] ?? 0)) / heat.columnMs);
    const place = Math.floor((y / plotHeight) * heat.rows.length);
    const row = look.reverse ? place : heat.rows.length - 1 - place;
    const isThere = row >= 0 && row < heat.rows.length && column >= 0 && column < heat.starts.length;
    return isThere ? { point: { x: event.clientX, y: event.clientY }, row, column } : undefined;
  };
  const move = (event: PointerEvent) => {
    zoom.bind.onPointerMove(event);
    const box = event.currentTarget.getBoundingClientRect();
    cross.tell(range.from + ((event.clientX - box.left) / plot) * (range.to - range.from));
    setOver(find(event));
  };
  const click = (event: React.MouseEvent) => {
    const found = find(event);
    const row = found === undefined ? undefined : heat.rows[found.row];
    const value = found === undefined ? null : (heat.cells[found.row]?.[found.column] ?? null);
    if (row?.field === undefined || found === undefined || value === null) return;
    const { field, frame, name } = row;
    const place = frame === undefined ? undefined : found.column;
    const links = filledLinks({ field, frame, row: place, value, words: countText(value, look), name }, lookup);
    const box = event.currentTarget.getBoundingClientRect();
    if (links.length > 0) setPinned({ x: left + event.clientX - box.left, y: event.clientY - box.top, name, links });
  };
  return (
    <div className={styles.heat} style={{ width, height }} data-testid="heatmap">
      <div className={styles.field} style={{ left, top: TOP_PX, width: plot, height: plotHeight }}>
        {marks.map((mark) => {
          const part = look.reverse ? mark.part : 1 - mark.part;
          const side = look.axis === "right" ? { left: plot + 6 } : { right: plot + 6 };
          return look.axis === "hidden" ? null : (
            <span key={`${mark.text} ${mark.part}`} className={styles.mark} style={{ top: part * plotHeight, ...side }}>
              {mark.text}
            </span>
          );
        })}
        <HeatCells
          heat={heat}
          {...{ look, palette, low, high, range }}
          width={plot}
          height={plotHeight}
          title={panel.title}
        />
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the cells are told by the label of the canvas */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: links of cells are those of their series, which the table of the panel has too */}
        <div
          className={styles.pointed}
          {...zoom.bind}
          onPointerMove={move}
          onPointerLeave={() => {
            cross.tell(undefined);
            setOver(undefined);
          }}
          onClick={click}
        >
          <EventLines events={props.events} range={range} width={plot} />
          <div ref={cross.line} className={tipStyles.cross} hidden data-testid="crosshair" />
          <Stretch of={zoom.stretch} />
        </div>
        <Exemplars
          marks={props.marks}
          rows={heat.rows}
          range={range}
          width={plot}
          height={plotHeight}
          color={cssColor(look.markColor, dark) ?? MARK_COLOR}
          reverse={look.reverse}
          onMark={props.onMark}
        />
      </div>
      {titlePx > 0 && (
        <span
          className={styles.axisLabel}
          style={{ top: TOP_PX, height: plotHeight, ...(look.axis === "right" ? { right: 2 } : { left: 2 }) }}
        >
          {look.axisLabel}
        </span>
      )}
      <div style={{ position: "absolute", top: TOP_PX + plotHeight }}>
        <TimeTicks range={range} left={left} width={plot} height={AXIS_PX} />
      </div>
      {barPx > 0 && (
        <div className={styles.legend} style={{ height: barPx, paddingLeft: left }}>
          <ColorBar
            {...{ palette, low, high, look }}
            value={over === undefined ? undefined : (heat.cells[over.row]?.[over.column] ?? undefined)}
          />
        </div>
      )}
      {over !== undefined && look.tooltip && zoom.stretch === undefined && pinned === undefined && (
        <HeatTip {...over} {...{ heat, look, palette, low, high }} />
      )}
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
    </div>
  );
}
