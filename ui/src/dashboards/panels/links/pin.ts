// What a click on a point of a chart leads to: the menu of its links, or at once where one of them says so.
import type { Pinned } from "./ChartLinks";
import type { FilledLink } from "./dataLinks";
import { fullHref } from "./LinkedBox";

export function pinOf(
  links: readonly FilledLink[],
  name: string,
  at: { readonly x: number; readonly y: number },
): Pinned | undefined {
  const direct = links.find((one) => one.oneClick);
  if (direct === undefined) return links.length === 0 ? undefined : { ...at, name, links };
  window.open(fullHref(direct.href), direct.newTab ? "_blank" : "_self", "noreferrer");
  return undefined;
}
