// Puts a text on the clipboard. Browsers offer their clipboard to encrypted pages and to localhost only; a server that is reached
// as http://its-name is neither, and there a text that is marked is copied the older way.

/** Whether it was copied. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard !== undefined) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // The browser does not allow it here: the older way may still be open.
  }
  return copyMarked(text);
}

function copyMarked(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  // In view, so that nothing scrolls, and seen by nobody.
  area.style.cssText = "position:fixed;inset:0 auto auto 0;width:1px;height:1px;opacity:0";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return isCopied;
}
