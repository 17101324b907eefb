// Follows a link of a dashboard within the page where it leads to a page of this server, so that nothing is loaded anew; other
// links, other tabs and other buttons are the browser's.
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";

export function useFollow(): (event: MouseEvent<HTMLAnchorElement>) => void {
  const router = useRouter();
  return (event) => {
    const link = event.currentTarget;
    const isOwn = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || isOwn || link.target === "_blank") return;
    const url = new URL(link.href);
    const base = new URL(document.baseURI);
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return;
    event.preventDefault();
    router.history.push(`${url.pathname}${url.search}${url.hash}`);
  };
}
