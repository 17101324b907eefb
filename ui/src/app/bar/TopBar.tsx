// The bar on top of every page: where one is, the palette, and time range, refresh and tenant at the right.
import { useLocation } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { pan, zoomOut } from "../../time/range";
import { useTime } from "../../time/TimeContext";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import { useAccess } from "../access/useAccess";
import { useShownTitle } from "../pageTitle";
import styles from "../Shell.module.css";
import { RefreshPicker } from "./RefreshPicker";
import { TenantPicker } from "./TenantPicker";
import { TimeRangePicker } from "./TimeRangePicker";

/** Most servers let everybody in, and have no need of it. */
const AccessMenu = lazy(() => import("../access/AccessMenu").then((module) => ({ default: module.AccessMenu })));

const TITLES: Readonly<Record<string, string>> = {
  explore: "Explore",
  drilldown: "Drilldown",
  server: "Server",
};

/** The room that a path leads to: its first part. */
function titleOf(pathname: string): string {
  const base = new URL(document.baseURI).pathname;
  const rest = pathname.startsWith(base) ? pathname.slice(base.length) : pathname.replace(/^\//, "");
  return TITLES[rest.split("/")[0] ?? ""] ?? "Home";
}

export function TopBar({ onPalette }: { onPalette: () => void }) {
  const { pathname } = useLocation();
  const shown = useShownTitle();
  const time = useTime();
  const { data: access } = useAccess();
  return (
    <header className={styles.top}>
      <h1 className={styles.title}>{shown ?? titleOf(pathname)}</h1>
      <button
        type="button"
        className={styles.finder}
        onClick={onPalette}
        aria-label="Open the palette"
        data-testid="palette"
      >
        <Icon name="search" size={15} />
        Find or go to
        <kbd>{navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl"} K</kbd>
      </button>
      <div className={styles.gap} />
      {access !== undefined && !access.open && (
        <Suspense fallback={null}>
          <AccessMenu />
        </Suspense>
      )}
      <TenantPicker />
      <div className={styles.group}>
        <span className={styles.step}>
          <IconButton
            icon="left"
            label="Half a range earlier"
            keys="t ←"
            size={26}
            onClick={() => time.zoomTo(pan(time.range, -0.5))}
          />
          <span className={styles.divider} />
        </span>
        <TimeRangePicker />
        <span className={styles.step}>
          <span className={styles.divider} />
          <IconButton
            icon="right"
            label="Half a range later"
            keys="t →"
            size={26}
            onClick={() => time.zoomTo(pan(time.range, 0.5))}
          />
          <span className={styles.divider} />
          <IconButton
            icon="zoomOut"
            label="Zoom out"
            keys="t z"
            size={26}
            onClick={() => time.zoomTo(zoomOut(time.range, time.now))}
          />
        </span>
      </div>
      <RefreshPicker />
    </header>
  );
}
