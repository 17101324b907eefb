// The keys of a dashboard: those of the whole, and those of the panel under the pointer.
import type { Shortcut } from "../../app/keyboard/keys";
import { usePageKeys } from "../../app/keyboard/pageKeys";
import { doWithPanel, PANEL_KEYS, type PanelAction } from "./panel/actions";

export interface DashboardActions {
  readonly settings: () => void;
  readonly crosshair: () => void;
  readonly "open-rows": () => void;
  readonly "close-rows": () => void;
  readonly legends: () => void;
  readonly undo: () => void;
}

type Own = Shortcut & ({ readonly board: keyof DashboardActions } | { readonly action: PanelAction });

const KEYS: readonly Own[] = [
  { keys: "d s", board: "settings", label: "Settings of the dashboard" },
  { keys: "mod+o", board: "crosshair", label: "Crosshair: of one chart, of all, with tooltips" },
  { keys: "d e", board: "open-rows", label: "Open all rows" },
  { keys: "d c", board: "close-rows", label: "Close all rows" },
  { keys: "d C", board: "close-rows", label: "Close all rows" },
  { keys: "d l", board: "legends", label: "Show or hide all legends" },
  { keys: "mod+z", board: "undo", label: "Undo the last change", notTyping: true },
  ...PANEL_KEYS,
];

export function useDashboardKeys(actions: DashboardActions): void {
  usePageKeys(KEYS, (one) => ("board" in one ? actions[one.board]() : doWithPanel(one.action)));
}
