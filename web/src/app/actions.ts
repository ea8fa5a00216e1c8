/** What the palette offers to do, one line each: words, the permission it takes, and the page that does it. */
import { words as patients } from "@/features/patients/strings";

import type { Path } from "./pages";

interface Action {
  label: string;
  may: string;
  to: { to: Path; search?: Record<string, string> };
}

export const ACTIONS: readonly Action[] = [
  { label: patients.new, may: "patients:write", to: { to: "/patients/new" } },
];
