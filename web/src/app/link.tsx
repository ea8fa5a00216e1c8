/** Links and steps between pages, checked against the list of pages. */
import { Link as AnyLink, useNavigate, useParams } from "@tanstack/react-router";
import type { ComponentProps } from "react";

import type { ParamsOf, Path } from "./pages";

type Target<P extends Path> = { to: P; search?: Record<string, string | number | boolean>; hash?: string } & (unknown extends ParamsOf<P> ? { params?: undefined } : { params: ParamsOf<P> });
type Props<P extends Path> = Target<P> & Omit<ComponentProps<"a">, "href">;

/** `<Link to="/patients/$patientId" params={{ patientId }}>`. Loads the page when somebody points at it. */
export function Link<P extends Path>(props: Props<P>) {
  return <AnyLink {...(props as object as ComponentProps<typeof AnyLink>)} />;
}

export function useGo(): <P extends Path>(target: Target<P> & { replace?: boolean }) => void {
  const navigate = useNavigate();
  return (target) => void navigate(target as never);
}

/** A parameter of the page's address. */
export function useParam(name: string): string {
  return (useParams({ strict: false }) as Record<string, string | undefined>)[name] ?? "";
}
