// All routes. Each page is a chunk of its own that loads with its route; the shell is all that loads at once.
// A new room is a new route here, beside a folder of its own under src/.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { validateDashboardSearch } from "../dashboards/page/search";
import { validateDrilldownSearch } from "../drilldown/search";
import { validateExploreSearch } from "../explore/search";
import { validateServerSearch } from "../server/search";
import { drilledSignal, graphSearch, SERVER_PAGES, soloSearch } from "./formerLinks";
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

const drilldownRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/drilldown",
  component: lazyRouteComponent(() => import("../drilldown/DrilldownPage"), "DrilldownPage"),
  validateSearch: validateDrilldownSearch,
});

const serverRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/server",
  component: lazyRouteComponent(() => import("../server/ServerPage"), "ServerPage"),
  validateSearch: validateServerSearch,
});

const dashboardsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/dashboards",
  component: lazyRouteComponent(() => import("../dashboards/page/DashboardsPage"), "DashboardsPage"),
});

const importRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/dashboard/import",
  component: lazyRouteComponent(() => import("../dashboards/page/DashboardsPage"), "ImportPage"),
});

const libraryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/library-panels",
  component: lazyRouteComponent(() => import("../dashboards/page/library/LibraryPage"), "LibraryPage"),
});

const libraryPanelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/library-panels/$uid",
  component: lazyRouteComponent(() => import("../dashboards/page/library/LibraryPanelPage"), "LibraryPanelPage"),
});

const newDashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/dashboard/new",
  component: lazyRouteComponent(() => import("../dashboards/page/DashboardPage"), "NewDashboardPage"),
  validateSearch: validateDashboardSearch,
});

/** A dashboard with the data it showed. */
const snapshotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/dashboard/snapshot/$key",
  component: lazyRouteComponent(() => import("../dashboards/page/DashboardPage"), "SnapshotPage"),
  validateSearch: validateDashboardSearch,
});

const dashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/d/$uid",
  component: lazyRouteComponent(() => import("../dashboards/page/DashboardPage"), "DashboardPage"),
  validateSearch: validateDashboardSearch,
});

/** The name after the uid is decoration. */
const namedDashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/d/$uid/$slug",
  component: lazyRouteComponent(() => import("../dashboards/page/DashboardPage"), "DashboardPage"),
  validateSearch: validateDashboardSearch,
});

/** One panel alone, framed by other pages. */
const soloRoutes = (["/d-solo/$uid", "/d-solo/$uid/$slug"] as const).map((path) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path,
    beforeLoad: ({ params, location }) => {
      const search = validateDashboardSearch(soloSearch(parseSearch(location.searchStr)));
      const shell = validateShellSearch(parseSearch(location.searchStr));
      throw redirect({ to: "/d/$uid", params: { uid: params.uid }, search: { ...shell, ...search } });
    },
  }),
);

/** The name after the uid is decoration. */
const folderRoutes = (["/dashboards/f/$folder", "/dashboards/f/$folder/$slug"] as const).map((path) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path,
    component: lazyRouteComponent(() => import("../dashboards/page/DashboardsPage"), "DashboardsPage"),
  }),
);

/** Apps that drill into signals without a query. */
const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/a/$app/$",
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/drilldown", search: { ...search, signal: drilledSignal(params.app) } });
  },
});

/** A short address for one trace, as links in chats and alerts carry it. */
const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/trace/$traceId",
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/explore", search: { ...search, signal: "traces", trace: params.traceId } });
  },
});

/** Where links in alerts of Prometheus point, those of its former and of its present pages. */
const graphRoutes = (["/graph", "/query"] as const).map((path) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path,
    beforeLoad: ({ location }) => {
      throw redirect({ to: "/explore", search: graphSearch(parseSearch(location.searchStr)) });
    },
  }),
);

const formerRoutes = Object.entries(SERVER_PAGES).map(([path, tab]) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path: `/${path}`,
    beforeLoad: () => {
      throw redirect({ to: "/server", search: { tab } });
    },
  }),
);

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    homeRoute,
    exploreRoute,
    drilldownRoute,
    dashboardsRoute,
    importRoute,
    libraryRoute,
    libraryPanelRoute,
    newDashboardRoute,
    dashboardRoute,
    namedDashboardRoute,
    snapshotRoute,
    appRoute,
    ...soloRoutes,
    ...folderRoutes,
    serverRoute,
    traceRoute,
    ...graphRoutes,
    ...formerRoutes,
  ]),
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
