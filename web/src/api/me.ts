/** Whoever is signed in: name, role, what the role may do, and the centre with its zone and currency. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, use } from "react";

import { type Schema, api, data } from "./client";
import { type Role, session } from "./session";

type Permission = string;

export interface Me {
  userId: string;
  name: string;
  email: string | null;
  role: Role;
  /** `ALL`: every record of the centre; `OWN`: one's own. */
  permissions: Record<Permission, "ALL" | "OWN">;
  centre: Schema<"Tenant">;
}

const KEY = "daybook.me";

/** What this browser knew last of this person, so that a reload paints at once. */
function remembered(): Me | undefined {
  const text = localStorage.getItem(KEY);
  if (text === null) return undefined;
  try {
    const me = JSON.parse(text) as Me;
    return me.userId === session()?.userId ? me : undefined;
  } catch {
    return undefined;
  }
}

export function forgetMe(): void {
  localStorage.removeItem(KEY);
}

async function ask(): Promise<Me> {
  const who = session();
  const tenant = who?.tenantId ?? "";
  const [account, centre] = await Promise.all([
    data(api.GET("/api/v1/account")),
    data(api.GET("/api/v1/tenants/{tenant_id}", { params: { path: { tenant_id: tenant } } })),
  ]);
  const me: Me = {
    userId: account.id,
    name: [account.firstName, account.lastName].filter(Boolean).join(" ") || (account.email ?? ""),
    email: account.email,
    role: account.role,
    permissions: Object.fromEntries(account.permissions.map(({ name, scope }) => [name, scope])),
    centre,
  };
  localStorage.setItem(KEY, JSON.stringify(me));
  return me;
}

export function meOptions(userId: string | undefined) {
  const known = remembered();
  return queryOptions({
    queryKey: ["tenant", "me", userId],
    queryFn: ask,
    enabled: userId !== undefined,
    ...(known ? { initialData: known, initialDataUpdatedAt: 0 } : {}),
  });
}

export function useMeQuery(userId: string | undefined) {
  return useQuery(meOptions(userId));
}

export const MeContext = createContext<Me | null>(null);

/** Whoever is signed in; only beneath the shell. */
export function useMe(): Me {
  const me = use(MeContext);
  if (me === null) throw new Error("useMe is for pages beneath the shell");
  return me;
}

/** `const may = useMay(); may("payments:record")`. `may("x", "ALL")` asks for every record, not only one's own. */
export function useMay(): (permission: Permission, scope?: "ALL") => boolean {
  const { permissions } = useMe();
  return (permission, scope) => (scope ? permissions[permission] === scope : permission in permissions);
}
