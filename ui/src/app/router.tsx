// All routes. Each page is a chunk of its own that loads with its route; the shell is all that loads at once.
// Rooms for dashboards and drilldown are new routes here, beside folders of their own under src/.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { validateExploreSearch } from "../explore/search";
import { validateServerSearch } from "../server/search";
import { NotFound } from "./NotFound";
import { PageError } from "./PageError";
import { Shell } from "./Shell";
import { parseSearch, stringifySearch, validateShellSearch } from "./search";

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageError,
  validateSearch: validateShellSearch,
});

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: lazyRouteComponent(() => import("../home/HomePage"), "HomePage"),
});

const exploreRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/explore",
  component: lazyRouteComponent(() => import("../explore/ExplorePage"), "ExplorePage"),
  validateSearch: validateExploreSearch,
});

const serverRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/server",
  component: lazyRouteComponent(() => import("../server/ServerPage"), "ServerPage"),
  validateSearch: validateServerSearch,
});

/** A short address for one trace, as links in chats and alerts carry it. */
const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/trace/$traceId",
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/explore", search: { ...search, signal: "traces", trace: params.traceId } });
  },
});

/** Where links in alerts of Prometheus point. */
const graphRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/graph",
  validateSearch: (search: Record<string, unknown>) => ({ "g0.expr": String(search["g0.expr"] ?? "") }),
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/explore", search: { signal: "metrics", q: [search["g0.expr"]] } });
  },
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([homeRoute, exploreRoute, serverRoute, traceRoute, graphRoute]),
  basepath: new URL(document.baseURI).pathname.replace(/\/$/, "") || "/",
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingMs: 100,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
