// Shares of a whole, as a pie or a ring.
import { type ReactNode, useState } from "react";
import { record, texts } from "../../api/decode";
import { useServiceHues } from "../../charts/colors/serviceHues";
import { useDark } from "../../ui/useDark";
import { seriesColor } from "../field/colors";
import { digits } from "../field/unitForms";
import { formatValue } from "../field/units";
import { legendPlace } from "./compute/legend";
import { reduceFrames } from "./compute/reduced";
import { type FilledLink, filledLinks } from "./links/dataLinks";
import { fullHref } from "./links/LinkedBox";
import { NoData } from "./NoData";
import { PlacedLegend } from "./PanelLegend";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

const NONE: ReadonlySet<string> = new Set();

/** Words over the figures of the legend. */
const LEGEND_WORDS: Readonly<Record<string, string>> = { value: "Value", percent: "Share" };

export function PiePanel({ panel, frames, width, height, lookup }: PanelProps) {
  const dark = useDark();
  const hues = useServiceHues();
  const all = reduceFrames(frames, panel.options, dark, hues)
    .flatMap((one, index) => {
      const mode = one.config.color?.mode ?? "";
      return typeof one.value === "number" && one.value > 0
        ? [
            {
              ...one,
              size: one.value,
              // Slices of one value's colour would be one slice.
              color: mode === "fixed" || mode.startsWith("palette") ? one.color : seriesColor(index, dark),
            },
          ]
        : [];
    })
    .sort((a, b) => b.size - a.size);
  const [hidden, setHidden] = useState(NONE);
  const shown = all.filter((one) => !hidden.has(one.name));
  const total = shown.reduce((sum, one) => sum + one.size, 0);
  if (all.length === 0) return <NoData />;
  const asked = texts(record(panel.options.legend).values);
  const columns = asked.length === 0 ? ["percent"] : asked;
  const legend = legendPlace(
    { placement: "right", ...record(panel.options.legend), calcs: columns },
    width,
    height,
    all.map((one) => one.name),
  );
  const isRing = panel.options.pieType === "donut";
  const labels = texts(panel.options.displayLabels);
  const box =
    legend.side === "right"
      ? { w: width - legend.px, h: height }
      : { w: width, h: height - (legend.side === "bottom" ? legend.px : 0) };
  let at = -0.25;
  const slices = shown.map((one) => {
    const from = at;
    at += one.size / total;
    return { one, from, to: at };
  });
  return (
    <div className={styles.withLegend} data-right={legend.side === "right"} data-testid="pie">
      <svg
        viewBox="-100 -100 200 200"
        width={box.w}
        height={box.h}
        role="img"
        aria-label={shown.map((one) => `${one.name} ${digits((one.size / total) * 100, 0)}%`).join(", ")}
      >
        {slices.map(({ one, from, to }) => (
          <SliceLink key={one.key} link={filledLinks(one, lookup)[0]}>
            <path d={slice(from, to, isRing ? 56 : 0)} fill={one.color} stroke="var(--surface)" strokeWidth={1}>
              <title>{`${one.name}: ${formatValue(one.size, one.config.unit, one.config.decimals)} (${digits((one.size / total) * 100, 1)}%)`}</title>
            </path>
          </SliceLink>
        ))}
        {labels.length > 0 &&
          slices.map(({ one, from, to }) => {
            if (to - from < 0.06) return null;
            const middle = ((from + to) / 2) * Math.PI * 2;
            return (
              <text
                key={one.key}
                x={Math.cos(middle) * 72}
                y={Math.sin(middle) * 72}
                fontSize={8}
                textAnchor="middle"
                fill="#0f1115"
              >
                {labels.includes("percent")
                  ? `${digits((to - from) * 100, 0)}%`
                  : labels.includes("name")
                    ? one.name.slice(0, 14)
                    : formatValue(one.size, one.config.unit, one.config.decimals)}
              </text>
            );
          })}
      </svg>
      <PlacedLegend
        place={legend}
        columns={columns.map((one) => LEGEND_WORDS[one] ?? "")}
        entries={all.map((one) => {
          const share = hidden.has(one.name) ? undefined : one.size / total;
          const figures = columns.map((column) => (column === "percent" ? share : one.size));
          const texts = columns.map((column) =>
            column === "percent"
              ? share === undefined
                ? "–"
                : `${digits(share * 100, 0)}%`
              : formatValue(one.size, one.config.unit, one.config.decimals),
          );
          return { name: one.name, color: one.color, figures, texts };
        })}
        hidden={hidden}
        onHide={setHidden}
      />
    </div>
  );
}

/** A slice behind the first of its links. */
function SliceLink({ link, children }: { link: FilledLink | undefined; children: ReactNode }) {
  if (link === undefined) return children;
  return (
    <a href={fullHref(link.href)} target={link.newTab ? "_blank" : undefined} rel="noreferrer" aria-label={link.title}>
      {children}
    </a>
  );
}

function slice(from: number, to: number, inner: number): string {
  const end = to - from >= 0.9999 ? from + 0.9999 : to;
  const at = (part: number, radius: number) =>
    `${(Math.cos(part * Math.PI * 2) * radius).toFixed(3)} ${(Math.sin(part * Math.PI * 2) * radius).toFixed(3)}`;
  const large = end - from > 0.5 ? 1 : 0;
  if (inner === 0) return `M0 0L${at(from, 94)}A94 94 0 ${large} 1 ${at(end, 94)}Z`;
  return `M${at(from, 94)}A94 94 0 ${large} 1 ${at(end, 94)}L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(from, inner)}Z`;
}
