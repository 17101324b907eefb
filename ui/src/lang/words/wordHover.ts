// A tooltip over a word of the language: how it is written and what it does. The texts are read when one is wanted first.
import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import { type Words, wordAt } from "./wordAt";

/** Pointers that only pass by open nothing. */
const WAIT_MS = 350;

export function wordHover(load: () => Promise<Words>): Extension {
  return hoverTooltip(
    async (view, at) => {
      const found = wordAt(view.state.doc.toString(), at, await load());
      if (found === undefined) return null;
      return { pos: found.from, end: found.to, above: true, create: () => ({ dom: drawn(found.form, found.does) }) };
    },
    { hoverTime: WAIT_MS },
  );
}

function drawn(form: string, does: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "cm-word";
  const first = box.appendChild(document.createElement("code"));
  first.textContent = form;
  box.appendChild(document.createElement("div")).textContent = does;
  return box;
}
