import type { ReactNode } from "react";

import { useMe } from "@/api/me";
import { Forbidden } from "@/components/ui/states";

import { type Page, allowed } from "./pages";

/** Shows a page to whoever may see it, and says so to others before anything is asked of the API. */
export function Gate({ page, children }: { page: Page; children: ReactNode }) {
  return allowed(page, useMe()) ? children : <Forbidden />;
}
