// One cell: words, chips, a bar, a small chart, whatever its column asks for, in its colours and behind its links.
import { Tooltip } from "@mantine/core";
import { type CSSProperties, type ReactNode, useState } from "react";
import { IconButton } from "../../../ui/IconButton";
import { type DataFrame, plainValue } from "../../data/frame";
import { smallText } from "../../field/colors";
import { type Shown, shownText, showValue } from "../../field/show";
import type { Lookup } from "../../variables/interpolate";
import { renderMarkdown } from "../compute/markup";
import { type FilledLink, filledLinks } from "../links/dataLinks";
import { fullHref, LinkedBox } from "../links/LinkedBox";
import type { PanelProps } from "../panel";
import styles from "./cell.module.css";
import { type Column, labelOf } from "./columns";
import { Gauge } from "./Gauge";
import { colorOf, jsonText, paintOf, pictureOf, pillsOf, styleOf } from "./looks";
import { SparkChart } from "./SparkChart";

export interface CellProps {
  column: Column;
  row: number;
  frame: DataFrame;
  dark: boolean;
  lookup: Lookup;
  /** Pixels of its column and of a line. */
  width: number;
  rowPx: number;
  /** Of a frozen column: where it stands. */
  left?: number | undefined;
  /** In a table that is walked by keys: what names it, and that it is where one is. */
  id?: string;
  active?: boolean;
  /** Its row has a ground: the cell has the same words. */
  rowPaint?: { readonly background?: string; readonly color?: string } | undefined;
  onInspect?: (() => void) | undefined;
  onFilter?: PanelProps["onFilter"];
}

export function Cell(props: CellProps) {
  const { column, row, frame, dark, lookup, left, rowPaint } = props;
  const [pointed, setPointed] = useState(false);
  const { field, bounds, look, config } = column;
  const value = field.values[row] ?? null;
  const shown = showValue(plainValue(value), config, bounds, dark);
  const words = look.type === "json-view" ? jsonText(value) : shownText(shown);
  const isColored = look.type === "color-text" || look.type === "color-background";
  const paint = isColored ? paintOf(look, colorOf(field, column.place, shown, bounds, dark)) : {};
  const links =
    (config.links ?? []).length === 0
      ? []
      : filledLinks({ field, frame, row, value, words, name: column.name }, lookup);
  const style: CSSProperties = {
    ...(left === undefined ? {} : { left }),
    ...rowPaint,
    ...(rowPaint === undefined || look.type === "color-text" ? paint : {}),
    ...(column.style === undefined ? {} : styleOf(column.style.values[row], dark)),
  };
  const body = (
    <div
      role={props.id === undefined ? undefined : "gridcell"}
      id={props.id}
      className={styles.cell}
      data-type={look.type}
      data-align={column.align}
      data-wrap={look.wrap || look.type === "markdown"}
      data-stuck={left !== undefined}
      data-active={props.active}
      data-tip={column.tip !== undefined}
      style={style}
      title={column.tip === undefined ? words : undefined}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
    >
      <Body {...props} value={value} shown={shown} words={words} links={links} />
      {(pointed || props.active === true) && <Tools {...props} />}
    </div>
  );
  if (column.tip === undefined) return body;
  return (
    <Tooltip
      label={<Tip {...props} column={column.tip} />}
      openDelay={150}
      maw={420}
      multiline
      classNames={{ tooltip: styles.tip ?? "" }}
    >
      {body}
    </Tooltip>
  );
}

/** What may be done with the value: it is asked for, left out, or shown whole. Only where one is: there are thousands of cells. */
function Tools({ column, row, onInspect, onFilter }: CellProps) {
  const filter = onFilter === undefined ? undefined : labelOf(column, row);
  const inspects = column.inspect && onInspect !== undefined;
  if (!inspects && filter === undefined) return null;
  return (
    <span className={styles.tools} data-tools>
      {filter !== undefined && (
        <>
          <IconButton icon="plus" label="Filter for this value" size={22} onClick={() => onFilter?.(...filter, "=")} />
          <IconButton
            icon="minus"
            label="Filter out this value"
            size={22}
            onClick={() => onFilter?.(...filter, "!=")}
          />
        </>
      )}
      {inspects && <IconButton icon="search" label={`Inspect ${column.name}`} size={22} onClick={onInspect} />}
    </span>
  );
}

/** What another column tells of this row. */
function Tip({ column, ...rest }: CellProps) {
  return (
    <Cell
      {...rest}
      column={{ ...column, tip: undefined, inspect: false, align: "left" }}
      width={260}
      left={undefined}
    />
  );
}

interface BodyProps extends CellProps {
  value: unknown;
  shown: Shown;
  words: string;
  links: readonly FilledLink[];
}

function Body({ column, dark, width, rowPx, value, shown, words, links }: BodyProps): ReactNode {
  const { field, look } = column;
  const linked = (inside: ReactNode) =>
    links.length === 0 ? (
      inside
    ) : (
      <LinkedBox links={links} className={styles.link}>
        {inside}
      </LinkedBox>
    );
  switch (look.type) {
    case "gauge":
      if (typeof value !== "number") return linked(words);
      return (
        <Gauge
          column={column}
          value={value}
          dark={dark}
          width={width}
          words={
            look.words === "hidden" ? undefined : linked(<GaugeWords shown={shown} colored={look.words === "color"} />)
          }
        />
      );
    case "sparkline":
      return (
        <SparkChart
          column={column}
          value={value}
          dark={dark}
          width={width}
          height={rowPx}
          words={look.words === "hidden" ? undefined : linked(words)}
        />
      );
    case "pill":
      return linked(
        <span className={styles.pills}>
          {pillsOf(value, column.config, dark).map((one, at) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: the same word may stand in a list twice
              key={at}
              className={styles.pill}
              style={{
                background: `color-mix(in oklab, ${one.color} 22%, transparent)`,
                borderColor: `color-mix(in oklab, ${one.color} 55%, transparent)`,
                color: smallText(one.color),
              }}
            >
              {one.text}
            </span>
          ))}
        </span>,
      );
    case "data-links":
      return (
        <span className={styles.links}>
          {links.map((one) => (
            <PlainLink key={`${one.title} ${one.href}`} link={one} />
          ))}
        </span>
      );
    case "markdown":
      return <div className={styles.markdown}>{renderMarkdown(words)}</div>;
    case "image":
      return linked(
        <Picture
          value={value}
          alt={String(look.options.alt ?? "")}
          title={String(look.options.title ?? "")}
          words={words}
        />,
      );
    case "actions":
      return null;
    default:
      return linked(look.wrap || field.type === "boolean" ? words : <span className={styles.words}>{words}</span>);
  }
}

function GaugeWords({ shown, colored }: { shown: Shown; colored: boolean }) {
  return <span style={colored ? { color: smallText(shown.color) } : {}}>{shownText(shown)}</span>;
}

function PlainLink({ link }: { link: FilledLink }) {
  return (
    <a href={fullHref(link.href)} target={link.newTab ? "_blank" : undefined} rel="noreferrer">
      {link.title}
    </a>
  );
}

function Picture({ value, alt, title, words }: { value: unknown; alt: string; title: string; words: string }) {
  const source = pictureOf(value, location.href);
  // Pictures of other servers stay out: they would tell those who looks at what.
  if (source === undefined)
    return (
      <span className={styles.words} title={`${words}: pictures of other servers are not shown`}>
        {alt === "" ? words : alt}
      </span>
    );
  return (
    <img className={styles.picture} src={source} alt={alt} title={title === "" ? undefined : title} loading="lazy" />
  );
}
