// The panel that was copied last, in this browser, to be put onto any dashboard. What storage holds is checked like any other
// input.
import { type Json, record, text } from "../../../api/decode";

const KEY = "oriel.copied-panel";

/** Told in the words of the older form, whatever the dashboard it comes from. */
export function copyPanel(panel: Json): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(panel));
  } catch {
    // Without storage nothing is offered for pasting.
  }
}

export function copiedPanel(): Json | undefined {
  try {
    return decodeCopied(localStorage.getItem(KEY));
  } catch {
    return undefined;
  }
}

/** Without its number and its place: it gets those of where it goes. */
export function decodeCopied(raw: string | null): Json | undefined {
  const parsed: unknown = JSON.parse(raw ?? "null");
  const { id: _id, ...panel } = record(parsed);
  return text(panel.type) === "" && panel.libraryPanel === undefined ? undefined : panel;
}
