// The frame of every page: rail on the left, bar on top, content edge to edge, palette and key help on demand.
import { QueryClientProvider } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useEffectEvent, useMemo, useState } from "react";
import { useAccess } from "./access/useAccess";
import { TopBar } from "./bar/TopBar";
import { SOLO } from "./formerLinks";
import { useKeys } from "./keyboard/useKeys";
import { clientOf } from "./queryClient";
import { Rail } from "./Rail";
import styles from "./Shell.module.css";
import { TimeProvider } from "./TimeProvider";
import { useServiceNames } from "./useServiceNames";
import { rememberVisit } from "./visited";

const Palette = lazy(() => import("./palette/Palette").then((module) => ({ default: module.Palette })));
const LoginPage = lazy(() => import("./access/LoginPage").then((module) => ({ default: module.LoginPage })));
const KeyHelp = lazy(() => import("./palette/KeyHelp").then((module) => ({ default: module.KeyHelp })));

export type Overlay = "palette" | "help" | undefined;

export function Shell() {
  const { tenant = "" } = useSearch({ from: "__root__" });
  const client = useMemo(() => clientOf(tenant), [tenant]);
  return (
    <QueryClientProvider client={client} key={tenant}>
      <TimeProvider>
        <Frame />
      </TimeProvider>
    </QueryClientProvider>
  );
}

function Frame() {
  const { data: access } = useAccess();
  // One who was let in and is not known any more, or whom nobody let in yet.
  const isShut = access !== undefined && !access.open && access.role === "None";
  const before = useWhoWas(isShut ? undefined : access?.name);
  const [overlay, setOverlay] = useState<Overlay>(undefined);
  useKeys(setOverlay);
  useServiceNames(!isShut);
  const kiosk = useKiosk();
  const { pathname } = useLocation();
  useEffect(() => rememberVisit(pathname), [pathname]);
  const close = () => setOverlay(undefined);
  return (
    <div className={styles.frame} data-kiosk={kiosk}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      {kiosk === "no" && <Rail onHelp={() => setOverlay("help")} />}
      {kiosk !== "full" && <TopBar onPalette={() => setOverlay("palette")} />}
      <main className={styles.content} id="content" tabIndex={-1}>
        <Suspense fallback={<div className={styles.pending} />}>
          {isShut || pathname.endsWith("/login") ? <LoginPage before={before} /> : null}
          {pathname.endsWith("/login") || (isShut && before === undefined) ? null : (
            // A session that ended takes nothing away: what is on the page waits behind the form.
            <div className={styles.page} hidden={isShut}>
              <Outlet />
            </div>
          )}
        </Suspense>
      </main>
      <Suspense fallback={null}>
        {overlay === "palette" && <Palette onClose={close} />}
        {overlay === "help" && <KeyHelp onClose={close} />}
      </Suspense>
    </div>
  );
}

/** The name of who was let in last, while the page is open. */
function useWhoWas(name: string | undefined): string | undefined {
  const [was, setWas] = useState(name);
  if (name !== undefined && name !== was) setWas(name);
  return name ?? was;
}

/** On a wall a dashboard stands without rooms around it, and unless it is `tv`, without bars over it; a key leaves. */
function useKiosk(): "no" | "tv" | "full" {
  const { kiosk } = useSearch({ strict: false }) as { kiosk?: string };
  const navigate = useNavigate();
  const isOn = kiosk !== undefined && kiosk !== SOLO;
  const leave = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === "Escape") void navigate({ to: ".", search: (old) => ({ ...old, kiosk: undefined }) });
  });
  useEffect(() => {
    if (!isOn) return;
    const listener = (event: KeyboardEvent) => leave(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [isOn]);
  return kiosk === undefined ? "no" : kiosk === "tv" ? "tv" : "full";
}
