/** The words of this feature's pages. */
import { catalogue } from "@/lib/strings/catalogue";

export const words = catalogue("sessions", {
  title: "Sessions",
  when: "When",
  patient: "Patient",
  therapist: "Therapist",
  therapy: "Therapy",
  state: "State",
  price: "Price",
  from: "From",
  to: "To",
  open: "Not closed",
  which: "Which sessions",
  coming: "To come",
  past: "Past",
  all: "All",
  none: "No sessions yet.",
  noneComing: "No sessions to come.",
  nonePast: "No sessions before today.",
  notFound: "No session fits these filters.",
} as const);
