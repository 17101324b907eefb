// What panels need to know of the dashboard they stand on.
import { createContext, useContext } from "react";
import type { LibraryElement } from "../../api/dashboards/library";
import type { Annotation } from "../annotations/annotation";
import type { Path } from "../model/patch/path";
import type { Dashboard, Panel } from "../model/types";
import type { SettledMap } from "../variables/values";

export interface DashboardState {
  readonly dashboard: Dashboard;
  readonly variables: SettledMap;
  /** All questions of variables are answered: queries may be sent. */
  readonly ready: boolean;
  /** Events of the shown time, of all panels. */
  readonly events: readonly Annotation[];
  /** It is stored, so that words can be stored with it. */
  readonly stored: boolean;
  /** The key of the panel that is looked behind. */
  readonly inspected: string | undefined;
  readonly onInspect: (key: string | undefined) => void;
  /** A label joins the filters over the dashboard, or leaves them again; undefined where there are none. */
  readonly onFilter?: ((label: string, value: string, operator: "=" | "!=") => void) | undefined;
  readonly onView: (key: string | undefined) => void;
  readonly onEdit: (id: number) => void;
  /** The panel becomes a reference to an element of the library, or a copy of it again. */
  readonly onLink: (panel: Panel, element: LibraryElement) => void;
  readonly onUnlink: (panel: Panel) => void;
  /** The panel goes into another row or tab; `undefined` is what stands above all rows. */
  readonly onMove: (panel: Panel, group: Path | undefined) => void;
  readonly onRemove: (panel: Panel) => void;
  readonly onDuplicate: (panel: Panel) => void;
  readonly onCopy: (panel: Panel) => void;
  readonly onLegends: (panels: readonly Panel[], shown: boolean) => void;
}

export const DashboardContext = createContext<DashboardState | undefined>(undefined);

export function useDashboard(): DashboardState {
  const state = useContext(DashboardContext);
  if (state === undefined) throw new Error("useDashboard outside of a dashboard");
  return state;
}
