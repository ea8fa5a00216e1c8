/**
 * What was checked in this session of the browser. The badge claims nothing that was not: it is gone with a reload, and
 * what was recorded after the check is said.
 */
import { ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import { useSyncExternalStore } from "react";

import type { Schema } from "@/api/client";
import { session } from "@/api/session";
import { Link } from "@/app/link";
import { Badge } from "@/components/ui/page";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const w = words.verify;
export interface Checked {
  tenantId: string;
  /** When the answer came, milliseconds since the epoch. */
  at: number;
  result: Schema<"VerificationView">;
}

let last: Checked | undefined;
const listeners = new Set<() => void>();

export function keepCheck(result: Schema<"VerificationView">): void {
  last = { tenantId: result.tenantId, at: Date.now(), result };
  for (const listener of listeners) listener();
}

export function useChecked(): Checked | undefined {
  const found = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => last,
  );
  return found?.tenantId === session()?.tenantId ? found : undefined;
}

export function VerifiedBadge() {
  const checked = useChecked();
  const { number } = useFormat();
  const [tone, Icon, text] = !checked ? (["plain", ShieldQuestion, w.not] as const) : checked.result.verified ? (["good", ShieldCheck, w.verifiedTo(number(checked.result.position))] as const) : (["danger", ShieldAlert, w.failed] as const);
  return (
    <Link to="/audit/verification" className="inline-flex min-h-10 items-center rounded-lg px-2">
      <Badge tone={tone}>
        <Icon aria-hidden className="size-3.5" />
        {text}
      </Badge>
    </Link>
  );
}
