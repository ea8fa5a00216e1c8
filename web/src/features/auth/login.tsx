import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { session } from "@/api/session";
import { words } from "@/lib/strings";

import { SignInForm } from "./form";
import { Frame } from "./frame";
import { words as own } from "./strings";

export default function Login() {
  const { next } = useSearch({ strict: false }) as { next?: string };
  const navigate = useNavigate();
  // Only a path of our own: an address from elsewhere must not send anybody anywhere.
  const target = next?.startsWith("/") && !next.startsWith("//") ? next : "/";
  // Whoever is signed in already comes here by "back" or by an old bookmark.
  const [inside] = useState(() => session() !== null);
  useEffect(() => {
    if (inside) void navigate({ href: target, replace: true });
  }, [inside, navigate, target]);
  if (inside) return null;
  return (
    <Frame title={words.signIn.title}>
      <SignInForm done={() => void navigate({ href: target })} />
      <Link to="/forgot-password" className="inline-flex min-h-6 items-center justify-self-start text-sm text-brand underline underline-offset-4">
        {own.forgotten}
      </Link>
    </Frame>
  );
}
