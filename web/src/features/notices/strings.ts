/** The words of notifications. */
import type { Schema } from "@/api/client";

export const words = {
  title: "Notifications",
  kind: "Kind", channel: "Channel", status: "State", to: "To", when: "When", from: "From", until: "Until", message: "Message", subject: "Subject", reason: "Why", tries: "Tries", provider: "Provider", providerId: "Provider's number", delivery: "Delivery", next: "Next try", month: "Month", requested: "Requested", sentAt: "Sent",
  none: "Nothing was sent yet.", notFound: "Nothing is found by that.", any: "Any", erased: "Erased",
  send: "Send a message", sendDone: "On its way", sendHint: "To the family of one patient.", test: "Send a test", testDone: "The test is on its way", testHint: "Without an address it goes to you.", testTo: "To",
  retry: "Send again", retried: "It is tried again", withdraw: "Do not send", withdrawn: "It will not be sent", settle: "I asked the provider", settleHint: "The provider accepted it and never answered: nobody knows whether it arrived. Ask there, then say so.", arrived: "It was sent", notArrived: "It was not sent", settled: "Noted", settleReason: "What the provider said",
  settings: "What is sent, and how", patient: "Patient", open: (kind: string, to: string) => `${kind} to ${to}`, staff: "Staff",
  kinds: {
    SESSION_BOOKED: "Session booked", SESSION_RESCHEDULED: "Session moved", SESSION_CANCELLED: "Session cancelled", SESSION_REMINDER: "Reminder", RESCHEDULE_REQUESTED: "Asked to be moved", RESCHEDULE_DECIDED: "Request decided", PAYMENT_RECEIPT: "Receipt", DUES_REMINDER: "Dues", MANUAL: "Message", TEST: "Test",
  } satisfies Record<Schema<"NoticeKind">, string>,
  statuses: { PENDING: "Waiting", SENDING: "Sending", RETRYING: "Tried again soon", SENT: "Sent", FAILED: "Failed", UNKNOWN: "Unknown", DROPPED: "Dropped" } satisfies Record<Schema<"NoticeStatus">, string>,
  channels: { SMS: "SMS", EMAIL: "E-mail" } satisfies Record<Schema<"Channel">, string>,
  deliveries: { ACCEPTED: "Accepted by the provider", DELIVERED: "Delivered", UNDELIVERED: "Not delivered" } satisfies Record<Schema<"Delivery">, string>,
} as const;
