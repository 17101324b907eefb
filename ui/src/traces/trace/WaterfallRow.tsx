// One span: its place in the tree, service, name; and its bar with length, events as ticks, and the critical path on it.
// It is drawn again only when it changes; the tree around the rows takes clicks and keys.
import { memo } from "react";
import type { Span } from "../../api/tempo/trace";
import { duration } from "../../format/number";
import { Icon } from "../../ui/Icon";
import type { Window } from "../TracePage";
import styles from "../traces.module.css";
import { type CriticalPath, partsOf } from "./criticalPath";

const INDENT_PX = 14;
/** Deeper levels are not indented further: the name must stay readable. */
const DEEPEST = 20;
/** A bar that ends right of this has its length written on its left. */
const CROWDED = 0.82;
/** Left of a bar that starts before this there is no room either. */
const NO_ROOM_LEFT = 0.12;

/** Parts of the critical path that are nearer than this share of the window are drawn as one. */
const FINEST = 2_000;

interface Props {
  span: Span;
  /** Of the span in its trace. */
  index: number;
  depth: number;
  below: number;
  folded: boolean;
  selected: boolean;
  color: string;
  path: CriticalPath;
  view: Window;
}

export const WaterfallRow = memo(function WaterfallRow(props: Props) {
  const { span, index, depth, below, folded, selected, color, path, view } = props;
  const scale = view.to - view.from;
  const part = (at: number) => (at - view.from) / scale;
  const from = part(span.start);
  const to = part(span.start + span.length);
  const isVisible = to >= 0 && from <= 1;
  return (
    <div
      className={styles.row}
      role="treeitem"
      aria-selected={selected}
      aria-level={depth + 1}
      aria-expanded={below > 0 ? !folded : undefined}
      tabIndex={-1}
      data-error={span.isError}
      data-span={index}
      data-testid="span-row"
    >
      <div className={styles.name} style={{ paddingLeft: 8 + Math.min(depth, DEEPEST) * INDENT_PX }}>
        {below > 0 ? (
          <button
            type="button"
            className={styles.fold}
            tabIndex={-1}
            aria-label={folded ? `Show ${below} spans below` : `Hide ${below} spans below`}
            data-fold=""
          >
            <Icon name={folded ? "right" : "down"} size={12} />
          </button>
        ) : (
          <span className={styles.fold} />
        )}
        <span className={styles.serviceBar} style={{ background: color }} />
        <span className={styles.spanName} title={`${span.resource.service} ${span.name}`}>
          {span.name}
          <span className={styles.spanService}>{span.resource.service}</span>
        </span>
        {folded && <span className={styles.below}>+{below}</span>}
      </div>
      <div className={styles.track}>
        {isVisible && (
          <div
            className={styles.bar}
            style={{
              left: `${Math.max(0, from) * 100}%`,
              width: `${(Math.min(1, to) - Math.max(0, from)) * 100}%`,
              background: color,
            }}
          />
        )}
        {partsOf(path, index, scale / FINEST).map((one) => {
          const left = Math.max(0, part(one.from));
          const right = Math.min(1, part(one.to));
          if (right <= left) return null;
          return (
            <div
              key={one.from}
              className={styles.critical}
              style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
            />
          );
        })}
        {isVisible &&
          span.events.map((event) => (
            <div
              key={`${event.at} ${event.name}`}
              className={styles.tick}
              style={{ left: `${part(event.at) * 100}%` }}
              title={`${event.name} after ${duration(event.at - span.start)}`}
            />
          ))}
        {isVisible && <Length from={from} to={to} text={duration(span.length)} />}
      </div>
    </div>
  );
});

/** Right of the bar; left of it where the right is crowded; inside where the bar fills the row. */
function Length({ from, to, text }: { from: number; to: number; text: string }) {
  if (to <= CROWDED) {
    return (
      <span className={styles.length} style={{ left: `${to * 100}%` }}>
        {text}
      </span>
    );
  }
  const isInside = from < NO_ROOM_LEFT;
  return (
    <span
      className={styles.length}
      style={{ right: isInside ? `${(1 - Math.min(to, 1)) * 100}%` : `${(1 - Math.min(from, 1)) * 100}%` }}
      data-inside={isInside}
    >
      {text}
    </span>
  );
}
