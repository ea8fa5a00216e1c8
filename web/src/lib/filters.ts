/** What a page shows is in its address, so that it can be sent to somebody, kept, and gone back to. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

export type Filters = Record<string, string | number | boolean>;
export type SetFilters<F extends Filters> = (change: Partial<F>, options?: { push?: boolean }) => void;

/**
 * `const [filters, set] = useFilters({ search: "", owing: false, page: 1 })`: the defaults say of which type each is, and
 * are not written into the address. Any change but of `page` goes back to the first page. `push` makes it a step that
 * the browser's Back undoes; otherwise the address is replaced.
 */
export function useFilters<const D extends Filters>(defaults: D): [Widen<D>, SetFilters<Widen<D>>] {
  const raw = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const key = JSON.stringify([raw, defaults]);
  // eslint-disable-next-line -- the key stands for both
  const filters = useMemo(() => parse(raw, defaults), [key]);
  const set = useCallback<SetFilters<Widen<D>>>(
    (change, { push = false } = {}) => {
      const back = "page" in defaults && !("page" in change) ? { page: defaults["page"] } : {};
      void navigate({
        to: ".",
        search: (old: Record<string, string>) => written({ ...old, ...back, ...change }, defaults),
        replace: !push,
        resetScroll: push,
      } as never);
    },
    [navigate, key],
  );
  return [filters, set];
}

/** Literal types of the defaults, as what they may become. */
type Widen<D> = { -readonly [K in keyof D]: D[K] extends string ? string : D[K] extends number ? number : D[K] extends boolean ? boolean : D[K] };

function parse<D extends Filters>(raw: Record<string, string | undefined>, defaults: D): Widen<D> {
  const found = Object.entries(defaults).map(([name, normal]): [string, string | number | boolean] => {
    const text = raw[name];
    if (text === undefined) return [name, normal];
    if (typeof normal === "number") return [name, /^[1-9]\d{0,6}$/.test(text) ? Number(text) : normal];
    if (typeof normal === "boolean") return [name, text === "true"];
    return [name, text];
  });
  return Object.fromEntries(found) as Widen<D>;
}

function written(now: Record<string, unknown>, defaults: Filters): Record<string, string> {
  const told = Object.entries(now).filter(([name, value]) => {
    const normal = defaults[name];
    return value !== undefined && value !== null && value !== "" ? String(value) !== String(normal) : normal !== undefined && normal !== "" && value === "";
  });
  return Object.fromEntries(told.map(([name, value]) => [name, String(value)]));
}

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}
