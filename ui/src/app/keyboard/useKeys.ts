// Feeds key presses of the whole page to the reader and carries out its actions.
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useRef } from "react";
import type { Signal } from "../../explore/search";
import { absoluteRange, pan, rangeText, readRangeText, zoomOut } from "../../time/range";
import { useTime } from "../../time/TimeContext";
import type { Overlay } from "../Shell";
import { type Action, KeyReader, type Press, SHORTCUTS } from "./keys";
import { offeredKeys } from "./pageKeys";

export function useKeys(setOverlay: (overlay: Overlay) => void): void {
  const navigate = useNavigate();
  const time = useTime();
  const reader = useRef(new KeyReader());

  const explore = (signal: Signal) => void navigate({ to: "/explore", search: (old) => ({ ...shellOf(old), signal }) });

  const run: Record<Action, () => void> = {
    home: () => void navigate({ to: "/", search: (old) => shellOf(old) }),
    explore: () => void navigate({ to: "/explore", search: (old) => shellOf(old) }),
    drilldown: () => void navigate({ to: "/drilldown", search: (old) => shellOf(old) }),
    dashboards: () => void navigate({ to: "/dashboards", search: (old) => shellOf(old) }),
    server: () => void navigate({ to: "/server", search: (old) => shellOf(old) }),
    metrics: () => explore("metrics"),
    logs: () => explore("logs"),
    traces: () => explore("traces"),
    palette: () => setOverlay("palette"),
    help: () => setOverlay("help"),
    refresh: time.refresh,
    kiosk: () => {
      if (!/\/d\/[^/]+/.test(location.pathname)) return;
      const turned = (old: { kiosk?: string }) => ({ ...old, kiosk: old.kiosk === undefined ? "1" : undefined });
      void navigate({ to: ".", search: turned });
    },
    "zoom-out": () => time.zoomTo(zoomOut(time.range, time.now)),
    earlier: () => time.zoomTo(pan(time.range, -0.5)),
    later: () => time.zoomTo(pan(time.range, 0.5)),
    absolute: () => time.setRaw(absoluteRange(time.range)),
    "copy-range": () => void navigator.clipboard?.writeText(rangeText(time.raw)),
    "paste-range": () =>
      void navigator.clipboard?.readText().then((text) => {
        const pasted = readRangeText(text);
        if (pasted !== undefined) time.setRaw(pasted);
      }, nothing),
  };

  const press = useEffectEvent((event: KeyboardEvent) => {
    // What is open over the page has the keys, and so has a box that took one already.
    if (event.defaultPrevented) return;
    const pressed: Press = {
      key: event.key,
      mod: event.metaKey || event.ctrlKey,
      alt: event.altKey,
      typing: isTyping(event.target),
      at: event.timeStamp,
    };
    const offered = document.querySelector(OVER) === null ? offeredKeys() : [];
    const shortcut = reader.current.read(pressed, [...offered, ...SHORTCUTS]);
    if (shortcut === undefined) return;
    event.preventDefault();
    if ("run" in shortcut) shortcut.run();
    else run[shortcut.action]();
  });

  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}

const nothing = () => undefined;

/** While such a thing is open, the page under it takes no keys. */
const OVER = ".mantine-Modal-content, .mantine-Menu-dropdown, .mantine-Popover-dropdown";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function shellOf(old: { from?: string; to?: string; refresh?: string; tenant?: string }) {
  return { from: old.from, to: old.to, refresh: old.refresh, tenant: old.tenant };
}
