/** The words of notifications. */
import type { Schema } from "@/api/client";
import { catalogue } from "@/lib/strings/catalogue";

export const words = catalogue("notices", {
  title: "Notifications",
  kind: "Kind", channel: "Channel", status: "State", to: "To", from: "From", until: "Until", message: "Message", subject: "Subject", reason: "Why", tries: "Tries", provider: "Provider", providerId: "Provider's number", delivery: "Delivery", next: "Next try", requested: "Requested", sentAt: "Sent",
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
  /** Why it was not sent, is sent later, or what came between. */
  reasons: {
    SWITCHED_OFF: "The centre does not send this any more", SESSION_CANCELLED: "The session was cancelled", SESSION_MOVED: "The session was moved", SESSION_OVER: "The session has begun or is over", REQUEST_CLOSED: "The request was decided already", PAYMENT_VOIDED: "The payment was voided", NOTHING_DUE: "Nothing is due", TOO_LATE: "The month it was about is over", OPTED_OUT: "They do not want such messages", NO_ADDRESS: "No address is known", ERASED: "Erased at the family's request", LEFT: "They do not work here any more", WITHDRAWN: "Somebody took it back",
    QUIET_HOURS: "Waits for the end of the quiet hours", PROVIDER_BUSY: "The provider asked to wait", BUSY: "The provider asked to wait",
    BAD_ADDRESS: "Nobody can be reached at that address", BLOCKED: "The recipient told the provider to be left alone", REFUSED: "The provider did not take it", NOT_SET_UP: "No provider is set up for this", NOT_REACHED: "The provider could not be reached", NO_ANSWER: "It was handed over, and no answer came", LOST: "Sending was interrupted", NOT_THERE: "The provider knows nothing of it",
  } as Record<string, string>,
} as const);
