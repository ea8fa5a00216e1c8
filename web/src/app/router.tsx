import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, useRouter } from "@tanstack/react-router";
import type { ComponentType } from "react";

import { session } from "@/api/session";
import { Broken, NotFound } from "@/components/ui/states";
import { parseSearch, stringifySearch } from "@/lib/filters";

import { Gate } from "./gate";
import { PAGES, type Page } from "./pages";
import { Home, Shell } from "./shell";

const root = createRootRoute();

/** The ways in: pages of whoever is not signed in. The last two are where links in letters lead. */
const ways = [
  createRoute({ getParentRoute: () => root, path: "/login", component: lazyRouteComponent(() => import("@/features/auth/login")) }),
  createRoute({ getParentRoute: () => root, path: "/forgot-password", component: lazyRouteComponent(() => import("@/features/auth/forgotten")) }),
  createRoute({ getParentRoute: () => root, path: "/accept-invitation", component: lazyRouteComponent(() => import("@/features/auth/invitation")) }),
  createRoute({ getParentRoute: () => root, path: "/reset-password", component: lazyRouteComponent(() => import("@/features/auth/reset")) }),
];

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: ({ location }) => {
    if (session() === null) throw redirect({ to: "/login", search: { next: location.href } as never });
  },
  component: Shell,
});

type Loaded = ComponentType & { preload?: () => Promise<void> };

function routeOf(page: Page) {
  const Content = lazyRouteComponent(page.load) as Loaded;
  const Guarded = () => (
    <Gate page={page}>
      <Content />
    </Gate>
  );
  const component: Loaded = Content.preload ? Object.assign(Guarded, { preload: Content.preload }) : Guarded;
  return createRoute({ getParentRoute: () => app, path: page.path, component });
}

const home = createRoute({ getParentRoute: () => app, path: "/", component: Home });
/** An address of no page, within the frame: the way on is beside it. */
const nowhere = createRoute({ getParentRoute: () => app, path: "$", component: NotFound });

export const router = createRouter({
  routeTree: root.addChildren([...ways, app.addChildren([home, ...PAGES.map((page) => routeOf(page)), nowhere])]),
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: BrokenPage,
  scrollRestoration: true,
  parseSearch,
  stringifySearch,
});

function BrokenPage({ error, reset }: { error: unknown; reset: () => void }) {
  const { invalidate } = useRouter();
  return <Broken error={error} again={() => void invalidate().then(reset)} />;
}
