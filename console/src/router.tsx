import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { parseAnomalySearch } from "./pages/anomalies/anomaly-search.ts";
import { parseDataSearch } from "./pages/data/data-search.ts";
import { parsePlainSearch, textOf, writePlainSearch } from "./plain-search.ts";
import { sessionQuery } from "./session/session-query.ts";
import { safeNext } from "./session/sign-in-link.ts";
import { FailedPage, MissingPage } from "./shell/fallback-pages.tsx";
import { Shell } from "./shell/shell.tsx";
import { parseView } from "./view/view.ts";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  notFoundComponent: MissingPage,
  errorComponent: FailedPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { next?: string } => ({ next: textOf(search, "next") }),
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx"), "SignInPage"),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session) return;
    const next = safeNext(location.href);
    throw redirect({ to: "/sign-in", search: next === "/" ? {} : { next }, replace: true });
  },
  component: Shell,
});

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/overview/overview-page.tsx"), "OverviewPage"),
});

const watch = createRoute({
  getParentRoute: () => signedIn,
  path: "/watch",
  validateSearch: parseView,
  component: lazyRouteComponent(() => import("./pages/watch/watch-page.tsx"), "WatchPage"),
});

const anomalies = createRoute({
  getParentRoute: () => signedIn,
  path: "/anomalies",
  validateSearch: parseAnomalySearch,
  component: lazyRouteComponent(() => import("./pages/anomalies/anomalies-page.tsx"), "AnomaliesPage"),
});

const data = createRoute({
  getParentRoute: () => signedIn,
  path: "/data",
  validateSearch: parseDataSearch,
  component: lazyRouteComponent(() => import("./pages/data/data-page.tsx"), "DataPage"),
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
});

const routes = root.addChildren([signIn, signedIn.addChildren([overview, watch, anomalies, data, settings])]);

/** The console's addresses and the pages behind them. Each page's code is loaded when it is first opened. */
export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queryClient },
    parseSearch: parsePlainSearch,
    stringifySearch: writePlainSearch,
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
