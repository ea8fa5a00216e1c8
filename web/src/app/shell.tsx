import { Navigate, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useDeferredValue, useEffect, useRef, useState, useSyncExternalStore } from "react";

import { MeContext, useMe, useMeQuery } from "@/api/me";
import { type Session, session, subscribe } from "@/api/session";
import { Awaited } from "@/components/ui/awaited";
import { Failed, Forbidden, Skeleton } from "@/components/ui/states";
import { closeOverlay, overlay, subscribeOverlay } from "@/lib/overlays";
import { part } from "@/lib/part";
import { words } from "@/lib/strings";
import { whenWanted } from "@/lib/toast";

import { useFocusStays } from "./focus";
import { leaving } from "./leaving";
import { Navigation } from "./navigation";
import { homeOf } from "./pages";
import { useShortcuts } from "./shortcuts";
import { TopBar } from "./topbar";

const Palette = part(() => import("./palette"));
const Toasts = part(() => import("@/components/ui/toasts"));
const Overlays = part(() => import("@/features/history/overlays"));
const SignInAgain = part(() => import("@/features/auth/again"));
const Keys = part(() => import("./keys"));
const Person = part(() => import("./person"));
const More = part(() => import("./more"));

const QUIET = 2_000; // milliseconds after which a page has what it needs

type Over = "palette" | "keys" | "person" | "more";

export function Shell() {
  const who = useSyncExternalStore(subscribe, session);
  const had = useRef<Session | null>(who);
  const signedOut = useSyncExternalStore(subscribe, leaving);
  if (who !== null && had.current === null) had.current = who;

  useEffect(() => {
    // Somebody else signed in (here or in another tab): nothing of the one before may stay on the screen.
    if (who && had.current && (who.userId !== had.current.userId || who.tenantId !== had.current.tenantId)) location.assign("/");
  }, [who]);

  const me = useMeQuery(had.current?.userId);
  if (signedOut) return <Navigate to="/login" />;
  if (!me.data) {
    return me.isError ? <Failed error={me.error} again={() => void me.refetch()} /> : <Skeleton rows={6} />;
  }
  return (
    <MeContext value={me.data}>
      <Frame>
        <Outlet />
      </Frame>
      {who === null && (
        <Awaited open>
          <SignInAgain email={me.data.email} tenant={had.current?.tenant ?? ""} />
        </Awaited>
      )}
    </MeContext>
  );
}

function Frame({ children }: { children: ReactNode }) {
  // What opens over the page, by name; each is loaded when it is first opened, and stays to close gently.
  const [open, setOpen] = useState<Over | null>(null);
  const opened = useSyncExternalStore(subscribeOverlay, overlay);
  const [toasts, setToasts] = useState(false);
  const [met, setMet] = useState<Partial<Record<Over | "overlay", true>>>({});
  if (open && !met[open]) setMet({ ...met, [open]: true });
  if (opened && !met.overlay) setMet({ ...met, overlay: true });
  const close = () => setOpen(null);

  useEffect(() => whenWanted(() => setToasts(true)), []);
  useEffect(() => {
    // The first message may be that there is no network: its code is here by then.
    const soon = setTimeout(() => void Toasts.preload(), QUIET);
    return () => clearTimeout(soon);
  }, []);
  useShortcuts({ palette: () => setOpen("palette"), keys: () => setOpen("keys") });
  useFocusOnArrival();
  useFocusStays();
  // The frame first, and the page in slices after it: in one go they kept a phone busy for a quarter of a second.
  const framed = useDeferredValue(true, false);

  return (
    <div className="min-h-dvh md:grid md:grid-cols-[13rem_minmax(0,1fr)] print:block">
      <a href="#content" className="sr-only z-50 rounded-lg bg-surface focus:not-sr-only focus:fixed focus:p-3">
        {words.skip}
      </a>
      <Navigation more={() => setOpen("more")} />
      <div className="flex min-h-dvh min-w-0 flex-col">
        <TopBar search={() => setOpen("palette")} person={() => setOpen("person")} />
        <main id="content" tabIndex={-1} className="min-w-0 grow p-4 outline-none max-md:pb-24 md:p-6">
          <Awaited fallback={<Skeleton rows={8} />}>{framed ? children : <Skeleton rows={8} />}</Awaited>
        </main>
      </div>
      <Awaited open={open === "palette"} close={close}>{met.palette && <Palette open={open === "palette"} close={close} />}</Awaited>
      <Awaited open={open === "keys"} close={close}>{met.keys && <Keys open={open === "keys"} close={close} />}</Awaited>
      <Awaited open={open === "person"} close={close}>{met.person && <Person open={open === "person"} close={close} keys={() => setOpen("keys")} />}</Awaited>
      <Awaited open={open === "more"} close={close}>{met.more && <More open={open === "more"} close={close} />}</Awaited>
      <Awaited open={opened !== null} close={closeOverlay}>{met.overlay && <Overlays shown={opened} />}</Awaited>
      <Awaited open={false}>{toasts && <Toasts />}</Awaited>
    </div>
  );
}

/** Whoever follows a link by keyboard or screen reader is at the new page's beginning, not at the end of the old one. */
function useFocusOnArrival() {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [pathname]);
}

export function Home() {
  const me = useMe();
  const navigate = useNavigate();
  const to = homeOf(me);
  useEffect(() => {
    if (to) void navigate({ to, replace: true });
  }, [to, navigate]);
  return to ? <Skeleton rows={8} /> : <Forbidden />;
}
