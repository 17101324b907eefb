// Explore as journeys work it: its addresses, its editor, the lines it lists, what it has painted, a trace that can be opened in it.
import assert from "node:assert/strict";

/** The address of a query of one signal; `rest` is of the range, the tenant and the pane beside. */
export const explore = (signal, queries = [], rest = {}) => {
  const params = new URLSearchParams({ signal, ...rest });
  for (const query of queries) params.append("q", query);
  return `/explore?${params}`;
};

/** A line of the list of lines. */
export const LINES = '[data-testid="log-lines"] [data-index]';

/** A canvas that is there and not empty. */
export const isPainted = (page, selector) =>
  page.waitForFunction((where) => {
    const canvas = document.querySelector(where);
    if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0) return false;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let index = 3; index < pixels.length; index += 4) if (pixels[index] > 0) painted += 1;
    return painted > 200;
  }, selector);

/** Puts text into the first editor and runs it by keyboard. */
export async function runQuery(page, text) {
  const editor = page.locator('[data-testid="editor"] .cm-content').first();
  await editor.click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+Enter");
}

/** A trace id that the server has, by its own API. */
export async function anyTrace(page) {
  const now = Math.floor(Date.now() / 1000);
  const answer = await page.request.get(`/tempo/api/search?q=%7B%7D&limit=20&start=${now - 3600}&end=${now}`);
  assert.equal(answer.status(), 200);
  const { traces } = await answer.json();
  assert.ok(traces.length > 0, "the server has no traces of the last hour");
  return traces.at(-1).traceID.padStart(32, "0");
}
