// Shares of a whole, as a pie or a ring.
import { type MouseEvent, type PointerEvent, useState } from "react";
import { record, text, texts } from "../../../api/decode";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import { useDark } from "../../../ui/hooks/useDark";
import { digits } from "../../field/unitForms";
import { legendPlace } from "../compute/legend";
import { reduceFrames } from "../compute/reduced";
import { ChartLinks, type Pinned } from "../links/ChartLinks";
import { directLink, filledLinks } from "../links/dataLinks";
import { NoData } from "../NoData";
import { PlacedLegend } from "../PanelLegend";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { type Point, Tip } from "../tip/Tip";
import { PieSlice } from "./PieSlice";
import { type Slice, slicesOf } from "./pie";
import styles from "./pie.module.css";

const NONE: ReadonlySet<string> = new Set();

/** Words over the figures of the legend. */
const LEGEND_WORDS: Readonly<Record<string, string>> = { value: "Value", percent: "Share" };

export function PiePanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const { options } = panel;
  const [hidden, setHidden] = useState(NONE);
  const [pointed, setPointed] = useState<string>();
  const [over, setOver] = useState<{ point: Point; slice: Slice }>();
  const [pinned, setPinned] = useState<Pinned>();
  const all = slicesOf(reduceFrames(frames, options, dark, hues), text(options.sort, "desc"), hidden, dark);
  if (all.length === 0) return <NoData />;

  const asked = record(options.legend).values;
  const columns = asked === undefined ? ["percent"] : texts(asked);
  const legend = legendPlace(
    { placement: "right", ...record(options.legend), calcs: columns },
    width,
    height,
    all.map(({ one }) => one.name),
  );
  const box = {
    w: width - (legend.side === "right" ? legend.px : 0),
    h: height - (legend.side === "bottom" ? legend.px : 0),
  };
  const shareText = (slice: Slice, places: number | undefined) =>
    hidden.has(slice.one.name) ? "–" : `${digits((slice.to - slice.from) * 100, places)}%`;
  const figureText = (slice: Slice, column: string) => (column === "percent" ? shareText(slice, 0) : slice.one.words);
  const labels = texts(options.displayLabels);
  const labelOf = (slice: Slice) =>
    ["name", "value", "percent"]
      .filter((one) => labels.includes(one))
      .map((one) => (one === "name" ? slice.one.name : figureText(slice, one)));
  const tooltip = text(record(options.tooltip).mode, "single");
  const shown = all.filter((one) => one.to > one.from);
  const click = (slice: Slice) => (event: MouseEvent) => {
    const links = filledLinks(slice.one, lookup);
    if (links.length === 0 || directLink(links) !== undefined) return;
    const corner = event.currentTarget.closest("[data-testid=pie]")?.getBoundingClientRect();
    const [x, y] = [event.clientX - (corner?.left ?? 0), event.clientY - (corner?.top ?? 0)];
    setPinned({ x, y, name: slice.one.name, links });
  };
  const move = (slice: Slice) => (event: PointerEvent) =>
    setOver({ point: { x: event.clientX, y: event.clientY }, slice });
  const light = over?.slice.one.name ?? pointed;
  return (
    <div className={panelStyles.withLegend} data-right={legend.side === "right"} data-testid="pie">
      <svg
        className={styles.pie}
        viewBox="-100 -100 200 200"
        width={box.w}
        height={box.h}
        role="img"
        aria-label={shown.map((one) => `${one.one.name} ${shareText(one, 0)}`).join(", ")}
        onPointerLeave={() => setOver(undefined)}
      >
        {shown.map((slice) => (
          <PieSlice
            key={slice.one.key}
            slice={slice}
            inner={options.pieType === "donut" ? 58 : 0}
            lines={labelOf(slice)}
            scale={Math.min(box.w, box.h) / 200}
            faded={light !== undefined && light !== slice.one.name}
            link={directLink(filledLinks(slice.one, lookup))}
            linked={(slice.one.field.config.links ?? []).length > 0}
            onPointerMove={move(slice)}
            onClick={click(slice)}
          />
        ))}
      </svg>
      <PlacedLegend
        place={legend}
        columns={columns.map((one) => LEGEND_WORDS[one] ?? one)}
        entries={all.map((slice) => ({
          name: slice.one.name,
          color: slice.color,
          figures: columns.map((column) => (column === "percent" ? slice.to - slice.from : slice.size)),
          texts: columns.map((column) => figureText(slice, column)),
        }))}
        hidden={hidden}
        onHide={setHidden}
        onPoint={setPointed}
      />
      {over !== undefined && tooltip !== "none" && pinned === undefined && (
        <Tip
          at={over.point}
          head={panel.title}
          rows={(tooltip === "multi" ? shown : [over.slice]).map((slice) => ({
            name: slice.one.name,
            text: `${slice.one.words} (${shareText(slice, undefined)})`,
            color: slice.color,
            near: tooltip === "multi" && slice.one.key === over.slice.one.key,
          }))}
        />
      )}
      {pinned !== undefined && <ChartLinks pinned={pinned} onClose={() => setPinned(undefined)} />}
    </div>
  );
}
