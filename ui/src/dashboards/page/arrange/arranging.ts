// What the page does to a dashboard while it is arranged, each as one change of its JSON.
import type { Json } from "../../../api/decode";
import { arrange, gridOf, movedPlace } from "../../model/arrange";
import { isMovable, itemPath, withPlaces } from "../../model/document";
import { elementsPath } from "../../model/elements/elements";
import { withGridKind, withGridSetting } from "../../model/elements/grids";
import {
  type GroupSettings,
  groupSettings,
  withGroupClosed,
  withGroupFor,
  withGroupTitle,
  withMovedGroup,
  withoutGroupAt,
} from "../../model/groups/groups";
import { withMovedListItem } from "../../model/groups/rows";
import type { Path } from "../../model/patch/path";
import type { Dashboard, Panel } from "../../model/types";
import type { Shift } from "./Arranger";
import type { GridChange } from "./GridFields";
import type { GroupEdits } from "./GroupMenu";

/** `free`: has a place of its own; `ordered`: stands in a grid that fills itself, in an order; `fixed`: neither. */
export type Freedom = "free" | "ordered" | "fixed";

export interface Arrange {
  readonly freedomOf: (panel: Panel) => Freedom;
  readonly onShift: (panel: Panel, by: Shift) => void;
  /** By so many cells of a grid that fills itself. */
  readonly onReorder: (panel: Panel, by: number) => void;
  readonly groupOf: (head: Panel) => GroupSettings | undefined;
  readonly editsOf: (head: Panel) => GroupEdits;
}

export function arrangeOf(json: Json, dashboard: Dashboard, edit: (change: (json: Json) => Json) => void): Arrange {
  return {
    freedomOf: (panel) => {
      if (isMovable(json, panel)) return "free";
      return elementsPath(json) !== undefined && itemPath(json, panel) !== undefined ? "ordered" : "fixed";
    },
    onShift: (panel, by) => {
      const moves = arrange(gridOf(dashboard, panel), panel, movedPlace(panel.place, by));
      edit((all) => withPlaces(all, moves));
    },
    onReorder: (panel, by) =>
      edit((all) => {
        const item = itemPath(all, panel);
        return item === undefined ? all : withMovedListItem(all, item, by);
      }),
    groupOf: (head) => groupSettings(json, head.path),
    editsOf: (head) => {
      const path: Path = head.path ?? [];
      return {
        onTitle: (title) => edit((all) => withGroupTitle(all, path, title)),
        onRepeat: (variable) => edit((all) => withGroupFor(all, path, variable)),
        onClosed: (closed) => edit((all) => withGroupClosed(all, path, closed)),
        onGrid: (one) => edit((all) => withGridChange(all, [...path, "spec", "layout"], one)),
        onMove: (by) => edit((all) => withMovedGroup(all, path, by)),
        onRemove: (keep) => edit((all) => withoutGroupAt(all, path, keep)),
      };
    },
  };
}

export function withGridChange(json: Json, layout: Path, change: GridChange): Json {
  if (change.member === "auto") return withGridKind(json, layout, change.value);
  return withGridSetting(json, layout, change.member, change.value);
}
