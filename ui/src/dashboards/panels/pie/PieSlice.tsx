// One slice with what is written on it, behind its link where it has one that a click follows.
import type { MouseEvent, PointerEvent } from "react";
import { readableOn } from "../../field/colors";
import type { FilledLink } from "../links/dataLinks";
import { fullHref } from "../links/LinkedBox";
import { textEm } from "../single/fit";
import { piePoint, type Slice, slicePath } from "./pie";
import styles from "./pie.module.css";

const OUTER = 94;
/** Pixels; smaller words are not read. */
const WORD_PX = 11.5;
const LINE = 1.2;

interface Props {
  slice: Slice;
  inner: number;
  lines: readonly string[];
  /** Pixels of one unit of the picture. */
  scale: number;
  faded: boolean;
  link: FilledLink | undefined;
  linked: boolean;
  onPointerMove: (event: PointerEvent) => void;
  onClick: (event: MouseEvent) => void;
}

export function PieSlice({ slice, inner, lines, scale, faded, link, linked, onPointerMove, onClick }: Props) {
  const size = WORD_PX / Math.max(0.2, scale);
  const middle = inner === 0 ? OUTER * 0.6 : (inner + OUTER) / 2;
  const at = piePoint((slice.from + slice.to) / 2, middle);
  const room = 2 * (Math.sqrt(OUTER ** 2 - at.y ** 2) - Math.abs(at.x));
  // A name cut to a letter or two says nothing.
  const words = lines.map((one) => shortened(one, (room * 0.92) / size)).filter((one) => !/^.{0,3}…$/.test(one));
  const isWhole = slice.to - slice.from > 0.9999;
  const drawn = (
    // biome-ignore lint/a11y/noStaticElementInteractions: a slice without a link only shows its tooltip
    <g className={styles.slice} data-faded={faded} data-linked={linked} onPointerMove={onPointerMove} onClick={onClick}>
      <path
        d={slicePath(slice, OUTER, inner)}
        fill={slice.color}
        stroke={isWhole ? "none" : "var(--surface)"}
        strokeWidth={1}
      />
      {hasRoom(slice, words, size, middle) && (
        <text textAnchor="middle" fontSize={size} fill={readableOn(slice.color)}>
          {words.map((word, index) => (
            <tspan
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one label never move
              key={index}
              x={at.x}
              y={at.y + (index - (words.length - 1) / 2) * size * LINE + size * 0.35}
              fontWeight={index === 0 ? 600 : 400}
            >
              {word}
            </tspan>
          ))}
        </text>
      )}
    </g>
  );
  if (link === undefined) return drawn;
  return (
    <a href={fullHref(link.href)} target={link.newTab ? "_blank" : undefined} rel="noreferrer" aria-label={link.title}>
      {drawn}
    </a>
  );
}

/** No slice has room for more. */
const MOST_LETTERS = 200;

/** As many letters as fit `em` times their size. */
function shortened(words: string, em: number): string {
  let end = Math.min(words.length, MOST_LETTERS);
  while (end > 1 && textEm(words.slice(0, end)) > em) end -= 1;
  return end < words.length ? `${words.slice(0, Math.max(1, end - 1))}…` : words;
}

/** Whether words fit a slice, by the way round it where they stand. */
function hasRoom({ from, to }: Slice, words: readonly string[], size: number, radius: number): boolean {
  if (words.length === 0) return false;
  const around = (to - from) * Math.PI * 2 * radius;
  const wide = words.reduce((most, one) => Math.max(most, textEm(one)), 0) * size;
  const high = words.length * size * LINE;
  return around > Math.max(high, Math.min(wide, OUTER * 0.6)) * 1.05;
}
