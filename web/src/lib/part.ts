/**
 * Parts of the client that come when they are first wanted: pages, drawers, dialogs.
 *
 * React's own `lazy` keeps a failure for good, and the router answers one by loading the document anew: without a network
 * that is the browser's error page, and what was on the screen is lost. Here a part that did not come is asked for again.
 */
import { type ComponentType, createElement, use } from "react";

/** What is thrown where a part did not come; `cause` is the browser's reason. */
export class NotLoaded extends Error {}

const failures = new Set<() => void>();

/** Whatever did not come is asked for again when it is next drawn. */
export function anew(): void {
  for (const forget of failures) forget();
  failures.clear();
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as React's own `lazy`: any component has some properties
type Some = ComponentType<any>;
export type Part<C extends Some> = C & { preload: () => Promise<void> };

/** `part(() => import("./drawer"))`: suspends until it is there. `preload` fetches it beforehand, and never fails. */
export function part<C extends Some>(load: () => Promise<{ default: C }>): Part<C> {
  let found: C | undefined;
  let coming: Promise<void> | undefined;
  const begin = () =>
    (coming ??= load().then(
      (module) => {
        found = module.default;
      },
      (cause: unknown) => {
        failures.add(() => (coming = undefined));
        throw new NotLoaded("A part of the page did not come.", { cause });
      },
    ));
  const preload = () => begin().catch(() => void (coming = undefined));
  function Later(props: object) {
    if (!found) use(begin());
    return createElement(found as Some, props);
  }
  return Object.assign(Later as unknown as C, { preload });
}
