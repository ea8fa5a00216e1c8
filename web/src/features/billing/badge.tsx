import type { Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/ui/page";

import { words } from "./strings";

type Status = Schema<"PaymentStatus">;
const TONES: Record<Status, Tone> = { RECORDED: "good", PARTLY_REFUNDED: "warn", REFUNDED: "warn", VOIDED: "danger" };

export function PaymentBadge({ status }: { status: Status }) {
  return <Badge tone={TONES[status]}>{words.statuses[status]}</Badge>;
}
