// The grid: 24 columns, rows of 30 px. A panel is mounted, and asks, when it comes within one screen of the view.
import { type ReactNode, useRef } from "react";
import { count } from "../../format/number";
import { useNear } from "../../ui/hooks/useNear";
import { useWidth } from "../../ui/hooks/useWidth";
import { Icon } from "../../ui/Icon";
import { heightOf, type PlacedPanel } from "../model/section";
import { GRID_COLUMNS, type Panel } from "../model/types";
import { Arranger } from "./arrange/Arranger";
import type { Arrange } from "./arrange/arranging";
import { GroupMenu } from "./arrange/GroupMenu";
import { narrowShares } from "./arrange/narrow";
import { PanelFrame } from "./PanelFrame";
import styles from "./page.module.css";

const ROW_PX = 30;
const GAP_PX = 8;
/** Below this width panels stand under each other. */
const NARROW_PX = 640;

interface Props {
  placed: readonly PlacedPanel[];
  titleOf: (title: string, scope: ReadonlyMap<string, string>) => string;
  isOpen: (row: Panel, key: string) => boolean;
  onToggle: (row: Panel, key: string) => void;
  onTab: (bar: string, tab: string) => void;
  /** The variables that a row or tab brings along. */
  variablesOf: (head: Panel) => ReactNode;
  /** Panels can be moved and resized now. */
  arrange: Arrange | undefined;
}

export function Grid({ placed, titleOf, isOpen, onToggle, onTab, variablesOf, arrange }: Props) {
  const [host, width] = useWidth();
  const narrow = width > 0 && width < NARROW_PX;
  const column = (width + GAP_PX) / GRID_COLUMNS;
  let below = 0;
  const shares = narrow ? narrowShares(placed) : [];
  const boxes = placed.map((one, index) => {
    const { x, y, w, h } = one.place;
    if (!narrow) {
      return {
        one,
        left: x * column,
        top: y * (ROW_PX + GAP_PX),
        width: w * column - GAP_PX,
        height: h * (ROW_PX + GAP_PX) - GAP_PX,
      };
    }
    const share = shares[index] ?? { left: 0, width: 1 };
    const part = (width + GAP_PX) * share.width;
    const height = h * (ROW_PX + GAP_PX) - GAP_PX;
    const box = { one, left: share.left === 0 ? 0 : part, top: below, width: part - GAP_PX, height };
    // The first of two leaves room beside it.
    if (share.left + share.width === 1) below += height + GAP_PX;
    return box;
  });
  const total = narrow ? below : heightOf(placed) * (ROW_PX + GAP_PX);
  return (
    <div
      ref={host}
      className={arrange === undefined ? styles.grid : `${styles.grid} ${styles.gridLines}`}
      style={{ height: total }}
      data-testid="grid"
    >
      {width > 0 &&
        boxes.map(({ one, ...box }) =>
          one.tabs !== undefined ? (
            <div key={one.key} className={styles.tabBar} style={box} role="tablist">
              {one.tabs.all.map((tab) => (
                <button
                  type="button"
                  key={tab.key}
                  role="tab"
                  aria-selected={tab.key === one.tabs?.chosen}
                  onClick={() => onTab(one.key, tab.key)}
                >
                  {titleOf(tab.title, tab.scope) || "Tab"}
                </button>
              ))}
              <GroupEdit arrange={arrange} head={one.panel} />
              <span className={styles.headVariables}>{variablesOf(one.panel)}</span>
            </div>
          ) : one.panel.type === "row" ? (
            <div key={one.key} className={styles.row} style={box}>
              <button
                type="button"
                aria-expanded={isOpen(one.panel, one.key)}
                onClick={() => onToggle(one.panel, one.key)}
              >
                <Icon name={isOpen(one.panel, one.key) ? "down" : "right"} size={14} />
                {titleOf(one.panel.title, one.scope) || "Row"}
                {!isOpen(one.panel, one.key) && one.panel.panels.length > 0 && (
                  <span className={styles.rowCount}>{count(one.panel.panels.length, "panel")}</span>
                )}
              </button>
              {isOpen(one.panel, one.key) && <span className={styles.headVariables}>{variablesOf(one.panel)}</span>}
              {!one.key.includes("-clone-") && <GroupEdit arrange={arrange} head={one.panel} />}
            </div>
          ) : (
            <Cell key={one.key} placed={one} box={box}>
              {arrange !== undefined && !narrow && !one.key.includes("-clone-") && (
                <Arranger
                  title={titleOf(one.panel.title, one.scope) || one.panel.written}
                  cell={{ width: box.width + GAP_PX, height: box.height + GAP_PX }}
                  unit={{ width: column, height: ROW_PX + GAP_PX }}
                  freedom={arrange.freedomOf(one.panel)}
                  onShift={(by) => arrange.onShift(one.panel, by)}
                  onReorder={(x, y) => arrange.onReorder(one.panel, x + y * Math.round(GRID_COLUMNS / one.place.w))}
                />
              )}
            </Cell>
          ),
        )}
    </div>
  );
}

/** Shown where rows and tabs of the document are arranged. */
function GroupEdit({ arrange, head }: { arrange: Arrange | undefined; head: Panel }) {
  const group = arrange?.groupOf(head);
  if (arrange === undefined || group === undefined) return null;
  return <GroupMenu group={group} edits={arrange.editsOf(head)} />;
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

function Cell({ placed, box, children }: { placed: PlacedPanel; box: Box; children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  const visible = useNear(element);
  return (
    <div ref={element} className={styles.cell} style={box}>
      <PanelFrame placed={placed} width={box.width} height={box.height} visible={visible} />
      {children}
    </div>
  );
}
