// What one does with a panel: from its menu, or with a key while the pointer or the focus is on it.
import { type RefObject, useEffect } from "react";
import type { Shortcut } from "../../../app/keyboard/keys";

export type PanelAction =
  | "view"
  | "edit"
  | "share"
  | "embed"
  | "explore"
  | "inspect"
  | "legend"
  | "duplicate"
  | "copy"
  | "remove";

/** Those that the panel has: one without queries explores nothing. */
export type PanelActions = Readonly<Partial<Record<PanelAction, () => void>>>;

export const PANEL_KEYS: readonly (Shortcut & { readonly action: PanelAction })[] = [
  { keys: "v", action: "view", label: "View the panel under the pointer alone" },
  { keys: "e", action: "edit", label: "Edit the panel" },
  { keys: "i", action: "inspect", label: "Inspect the panel" },
  { keys: "p u", action: "share", label: "Share the panel" },
  { keys: "p s", action: "share", label: "Share the panel" },
  { keys: "p e", action: "embed", label: "Embed the panel in another page" },
  { keys: "p x", action: "explore", label: "Explore the queries of the panel" },
  { keys: "p l", action: "legend", label: "Show or hide the legend of the panel" },
  { keys: "p d", action: "duplicate", label: "Duplicate the panel" },
  { keys: "p c", action: "copy", label: "Copy the panel" },
  { keys: "p r", action: "remove", label: "Remove the panel" },
];

/** The key that the menu tells beside an action. */
export function keysOf(action: PanelAction): string | undefined {
  return PANEL_KEYS.find((one) => one.action === action)?.keys;
}

const known = new WeakMap<Element, PanelActions>();

/** The actions of the panel that this element is. */
export function usePanelActions(element: RefObject<Element | null>, actions: PanelActions): void {
  useEffect(() => {
    if (element.current !== null) known.set(element.current, actions);
  });
}

const PANEL = '[data-testid="panel"]';

/** Does it with the panel under the pointer, the one with the focus, or the only one there is. */
export function doWithPanel(action: PanelAction): void {
  const all = document.querySelectorAll(PANEL);
  const panel =
    document.querySelector(`${PANEL}:hover`) ??
    document.activeElement?.closest(PANEL) ??
    (all.length === 1 ? all[0] : undefined);
  if (panel !== null && panel !== undefined) known.get(panel)?.[action]?.();
}
