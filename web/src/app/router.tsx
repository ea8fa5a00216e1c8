import { createRootRoute, createRoute, createRouter, redirect, useRouter } from "@tanstack/react-router";

import { session } from "@/api/session";
import { Missing } from "@/components/ui/awaited";
import { Broken, NotFound } from "@/components/ui/states";
import { parseSearch, stringifySearch } from "@/lib/filters";
import { NotLoaded, anew, part } from "@/lib/part";

import { Gate } from "./gate";
import { PAGES, type Page } from "./pages";
import { Home, Shell } from "./shell";

const root = createRootRoute();

/** The ways in: pages of whoever is not signed in. The last two are where links in letters lead. */
const ways = [
  createRoute({ getParentRoute: () => root, path: "/login", component: part(() => import("@/features/auth/login")) }),
  createRoute({ getParentRoute: () => root, path: "/forgot-password", component: part(() => import("@/features/auth/forgotten")) }),
  createRoute({ getParentRoute: () => root, path: "/accept-invitation", component: part(() => import("@/features/auth/invitation")) }),
  createRoute({ getParentRoute: () => root, path: "/reset-password", component: part(() => import("@/features/auth/reset")) }),
];

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: ({ location }) => {
    if (session() === null) throw redirect({ to: "/login", search: { next: location.href } as never });
  },
  component: Shell,
});

function routeOf(page: Page) {
  const Content = part(page.load);
  const Guarded = () => (
    <Gate page={page}>
      <Content />
    </Gate>
  );
  return createRoute({ getParentRoute: () => app, path: page.path, component: Object.assign(Guarded, { preload: Content.preload }) });
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

router.subscribe("onBeforeNavigate", anew);

function BrokenPage({ error, reset }: { error: unknown; reset: () => void }) {
  const { invalidate } = useRouter();
  function again() {
    anew();
    void invalidate().then(reset);
  }
  return error instanceof NotLoaded ? <Missing page again={again} /> : <Broken error={error} again={again} />;
}
