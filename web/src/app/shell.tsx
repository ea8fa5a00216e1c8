import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { LayoutDashboard, LogOut, Moon, Sun, Users } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";

import { api } from "@/api/client";
import { forget, session, subscribe } from "@/api/session";
import { Button } from "@/components/ui/button";
import { words } from "@/lib/strings";

import { choose, theme } from "./theme";

const PAGES = [
  { to: "/", label: words.navigation.dashboard, icon: LayoutDashboard },
  { to: "/patients", label: words.navigation.patients, icon: Users },
] as const;

export function Shell() {
  const who = useSyncExternalStore(subscribe, session);
  const navigate = useNavigate();

  useEffect(() => {
    if (who === null) void navigate({ to: "/login", search: { next: location.pathname + location.search, ended: true } });
  }, [who, navigate]);

  async function signOut() {
    const refreshToken = who?.refreshToken;
    if (refreshToken) await api.POST("/api/v1/auth/logout", { body: { refreshToken } }).catch(() => undefined);
    forget();
  }

  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr] md:grid-cols-[13rem_1fr] md:grid-rows-1">
      <a href="#content" className="sr-only focus:not-sr-only focus:fixed focus:p-3">
        {words.skip}
      </a>
      <nav aria-label={words.navigation.label} className="no-print flex gap-1 border-line bg-surface p-3 max-md:border-b md:sticky md:top-0 md:h-dvh md:flex-col md:border-r">
        <p className="hidden px-3 py-2 font-semibold md:block">{who?.tenant}</p>
        {PAGES.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/" }}
            className="flex min-h-10 items-center gap-3 rounded-lg px-3 text-sm hover:bg-sunken data-[status=active]:bg-brand-soft data-[status=active]:font-semibold"
          >
            <Icon aria-hidden className="size-4" />
            {label}
          </Link>
        ))}
        <span className="grow" />
        <ThemeButton />
        <Button kind="quiet" onClick={signOut} className="justify-start px-3">
          <LogOut aria-hidden className="size-4" />
          <span className="max-md:sr-only">{words.signIn.out}</span>
        </Button>
      </nav>
      <main id="content" tabIndex={-1} className="min-w-0 p-4 md:p-6">
        <Outlet />
      </main>
    </div>
  );
}

function ThemeButton() {
  const [now, setNow] = useState(theme);
  const other = now === "dark" ? "light" : "dark";
  const Icon = now === "dark" ? Sun : Moon;
  return (
    <Button
      kind="quiet"
      size="icon"
      aria-label={words.theme[other]}
      onClick={() => {
        choose(other);
        setNow(other);
      }}
    >
      <Icon aria-hidden className="size-4" />
    </Button>
  );
}
