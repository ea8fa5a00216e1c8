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
  none: "No sessions yet.",
  notFound: "No session fits these filters.",
} as const);
