/**
 * Who is signed in, in every tab of this browser.
 *
 * The pair of tokens is kept in local storage, so that nine tabs are one login and a reload keeps it. A refresh token
 * works once: tabs take turns through a Web Lock, and whoever comes second finds the new pair already there.
 */
export type Role = "SUPER_ADMIN" | "WORKSPACE_ADMIN" | "OPERATOR" | "THERAPIST" | "ACCOUNTANT" | "AUDITOR";

export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
  userId: string;
  tenantId: string;
  tenant: string;
  role: Role;
}

export interface Session extends Omit<SignedIn, "expiresIn"> {
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

const KEY = "daybook.session";
const EARLY = 30_000; // refreshed so long before it expires
const listeners = new Set<() => void>();
let known: Session | null | undefined;

function stored(): Session | null {
  const text = localStorage.getItem(KEY);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Session;
  } catch {
    return null;
  }
}

export function session(): Session | null {
  if (known === undefined) known = stored();
  return known;
}

export function keep(answer: SignedIn, now = Date.now()): Session {
  const { accessToken, refreshToken, expiresIn, userId, tenantId, tenant, role } = answer;
  const made = { accessToken, refreshToken, expiresAt: now + expiresIn * 1000, userId, tenantId, tenant, role };
  localStorage.setItem(KEY, JSON.stringify(made));
  known = made;
  tell();
  return made;
}

export function forget(): void {
  localStorage.removeItem(KEY);
  known = null;
  tell();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

if (typeof window !== "undefined") {
  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) {
      known = undefined;
      tell();
    }
  });
}

/** An access token that holds for a while yet; `null` when nobody is signed in (any more). */
export async function accessToken(refused?: string, now = Date.now()): Promise<string | null> {
  const current = session();
  if (current === null) return null;
  if (current.accessToken !== refused && current.expiresAt - EARLY > now) return current.accessToken;
  return navigator.locks.request("daybook.refresh", async () => {
    known = undefined; // another tab may have been quicker
    const latest = session();
    if (latest === null) return null;
    if (latest.accessToken !== refused && latest.expiresAt - EARLY > Date.now()) return latest.accessToken;
    const answer = await fetch("/api/v1/auth/refresh", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refreshToken: latest.refreshToken }),
    });
    if (answer.status === 401) {
      forget();
      return null;
    }
    if (!answer.ok) throw new TypeError(`refresh answered ${answer.status}`);
    return keep((await answer.json()) as SignedIn).accessToken;
  });
}

/**
 * A token, however long it takes somebody to sign in again: a page whose login ended keeps what was typed, asks for the
 * password over it, and goes on. Whoever signs in as somebody else starts on a fresh page (the shell sees to that).
 */
export function tokenWhenSignedIn(who: Session | null = session()): Promise<string> {
  return new Promise((resolve) => {
    const stop = subscribe(look);
    function look() {
      const now = session();
      if (now === null || (who !== null && now.userId !== who.userId)) return;
      stop();
      resolve(now.accessToken);
    }
    look();
  });
}
