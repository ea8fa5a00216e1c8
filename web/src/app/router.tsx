import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { object, optional, catch as otherwise, int, minimum, boolean, string } from "zod/mini";

import { session } from "@/api/session";

import { Shell } from "./shell";

const root = createRootRoute();

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: object({ next: optional(string()), ended: optional(boolean()) }),
  component: lazyRouteComponent(() => import("@/features/auth/login"), "Login"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: ({ location }) => {
    if (session() === null) throw redirect({ to: "/login", search: { next: location.href } });
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/patients", search: { page: 1 } });
  },
});

const patients = createRoute({
  getParentRoute: () => app,
  path: "/patients",
  validateSearch: object({ search: optional(string()), page: otherwise(int().check(minimum(1)), 1) }),
  component: lazyRouteComponent(() => import("@/features/patients/list"), "PatientList"),
});

export const router = createRouter({
  routeTree: root.addChildren([login, app.addChildren([home, patients])]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
