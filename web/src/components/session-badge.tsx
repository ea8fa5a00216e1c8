import type { Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/ui/page";
import { catalogue } from "@/lib/strings/catalogue";

export type Status = Schema<"SessionStatus">;
export const STATUS_WORDS: Record<Status, string> = catalogue("statuses", {
  SCHEDULED: "Scheduled",
  IN_PROGRESS: "In progress",
  COMPLETED: "Completed",
  CANCELLED: "Cancelled",
  NO_SHOW: "No-show",
});
const TONES: Record<Status, Tone> = { SCHEDULED: "brand", IN_PROGRESS: "warn", COMPLETED: "good", CANCELLED: "plain", NO_SHOW: "danger" };

export function SessionBadge({ status }: { status: Status }) {
  return <Badge tone={TONES[status]}>{STATUS_WORDS[status]}</Badge>;
}
