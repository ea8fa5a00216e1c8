import type { Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/ui/page";

import { words } from "./strings";

type Status = Schema<"NoticeStatus">;
const TONES: Record<Status, Tone> = { PENDING: "brand", SENDING: "brand", RETRYING: "warn", SENT: "good", FAILED: "danger", UNKNOWN: "warn", DROPPED: "plain" };

export function NoticeBadge({ status }: { status: Status }) {
  return <Badge tone={TONES[status]}>{words.statuses[status]}</Badge>;
}
