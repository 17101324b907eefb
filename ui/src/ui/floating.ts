// A box of words over everything on the page, however narrow the panel it belongs to: the browser's top layer, which no
// `overflow: hidden` cuts and which is above a full screen too. The box stays a child of what it tells of, and goes with it.

/** Between the pointer and its box. */
const BESIDE_PX = 16;
/** Between the box and the window's edge. */
const EDGE_PX = 4;

/** Where a box of `size` begins beside a pointer at `at`: behind it, or before it where the window ends. Pixels of the window. */
export function beside(at: number, size: number, room: number, away: number): number {
  const behind = at + away;
  const wanted = behind + size > room - EDGE_PX ? at - away - size : behind;
  return Math.max(EDGE_PX, Math.min(wanted, room - size - EDGE_PX));
}

/** Shows `box` beside the point of the window; it must be in the document. */
export function floatBeside(box: HTMLElement, x: number, y: number): void {
  box.popover = "manual";
  if (!box.matches(":popover-open")) box.showPopover();
  const { clientWidth, clientHeight } = document.documentElement;
  const left = beside(x, box.offsetWidth, clientWidth, BESIDE_PX);
  const top = beside(y, box.offsetHeight, clientHeight, BESIDE_PX);
  box.style.transform = `translate(${left}px, ${top}px)`;
}

/** Takes it away until it is shown again. */
export function sink(box: HTMLElement): void {
  if (box.popover !== null && box.matches(":popover-open")) box.hidePopover();
}
