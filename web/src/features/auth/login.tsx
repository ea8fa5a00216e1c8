import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";

import { words } from "@/lib/strings";

import { SignInForm } from "./form";

const w = words.signIn;

export default function Login() {
  const { next } = useSearch({ strict: false }) as { next?: string };
  const navigate = useNavigate();
  useEffect(() => {
    document.title = `${w.title} · ${words.product}`;
  }, []);
  // Only a path of our own: an address from elsewhere must not send anybody anywhere.
  const target = next?.startsWith("/") && !next.startsWith("//") ? next : "/";
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm rounded-xl border border-line bg-surface p-6">
        <h1 className="mb-4 flex items-center gap-3 text-xl font-semibold">
          <img src="/mark.svg" alt="" width={28} height={28} />
          {w.title}
        </h1>
        <SignInForm done={() => void navigate({ href: target })} />
      </div>
    </main>
  );
}
