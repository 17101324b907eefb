// What stands in a cell, by its kind: words, chips, a bar, a small chart, links, a picture.
import type { ReactNode } from "react";
import { smallText } from "../../../field/colors";
import { type Shown, shownText } from "../../../field/show";
import type { FilledLink } from "../../links/dataLinks";
import { fullHref, LinkedBox } from "../../links/LinkedBox";
import { renderMarkdown } from "../../text/markup";
import type { CellProps } from "./Cell";
import styles from "./cell.module.css";
import { Gauge } from "./Gauge";
import { pictureOf, pillsOf } from "./looks";
import { SparkChart } from "./SparkChart";

interface BodyProps extends CellProps {
  value: unknown;
  shown: Shown;
  words: string;
  links: readonly FilledLink[];
}

export function CellBody({ column, dark, width, rowPx, value, shown, words, links }: BodyProps): ReactNode {
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
