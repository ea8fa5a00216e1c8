import type { Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/ui/page";

import { words } from "./strings";

export type RequestStatus = Schema<"RequestStatus">;
const TONES: Record<RequestStatus, Tone> = { PENDING: "warn", APPROVED: "good", REJECTED: "danger", CANCELLED: "plain", EXPIRED: "plain", OVERTAKEN: "plain" };

export function RequestBadge({ status }: { status: RequestStatus }) {
  return <Badge tone={TONES[status]}>{words.states[status]}</Badge>;
}
