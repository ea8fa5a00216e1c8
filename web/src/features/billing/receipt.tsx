import type { Schema } from "@/api/client";
import { useMe } from "@/api/me";
import { METHOD_WORDS } from "@/components/money-words";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";

import { words } from "./strings";

const w = words.one;

/** The centre as it stands at the head of what is printed. */
export function Letterhead({ title }: { title: string }) {
  const { centre } = useMe();
  const lines = [centre.address, [centre.phone, centre.email].filter(Boolean).join(" · "), centre.registrationNumber && `${w.registration}: ${centre.registrationNumber}`, centre.taxNumber && `${w.taxNumber}: ${centre.taxNumber}`];
  return (
    <header className="flex items-start justify-between gap-8 border-b border-line-strong pb-4">
      <div>
        <p className="text-lg font-semibold">{centre.legalName ?? centre.name}</p>
        {lines.filter(Boolean).map((line) => (
          <p key={line} className="text-sm whitespace-pre-line">{line}</p>
        ))}
      </div>
      <p className="text-xl font-semibold">{title}</p>
    </header>
  );
}

/** On paper only. */
export function Receipt({ payment }: { payment: Schema<"Payment"> }) {
  const { money, day, instant } = useFormat();
  const facts: (readonly [label: string, value: string | false | null])[] = [
    [words.receipt, payment.receiptNumber],
    [words.date, day(payment.receivedOn)],
    [words.method, METHOD_WORDS[payment.method]],
    [w.reference, payment.reference],
    [w.recordedAt, instant(payment.recordedAt)],
    [w.refunded, !isZero(payment.refunded) && money(payment.refunded)],
    [words.statuses.VOIDED, payment.voidedOn && [day(payment.voidedOn), payment.voidReason].filter(Boolean).join(": ")],
  ];
  return (
    <div className="hidden gap-6 print:grid">
      <Letterhead title={payment.status === "VOIDED" ? `${w.receiptTitle} (${words.statuses.VOIDED})` : w.receiptTitle} />
      <p>
        {w.thanks} <strong>{payment.patientName}</strong>:
      </p>
      <p className="text-3xl font-semibold">{money(payment.amount)}</p>
      <table className="w-full text-left text-sm">
        <tbody>
          {facts.map(([label, value]) => value && (
            <tr key={label} className="border-b border-line">
              <th scope="row" className="w-48 py-2 font-normal">{label}</th>
              <td className="py-2">{value}</td>
            </tr>
          ))}
          {payment.settled.map((each) => (
            <tr key={each.chargeId} className="border-b border-line">
              <th scope="row" className="py-2 font-normal">{words.kinds[each.kind]}, {day(each.appliedOn)}</th>
              <td className="py-2">{money(each.amount)}</td>
            </tr>
          ))}
          {!isZero(payment.credit) && (
            <tr className="border-b border-line">
              <th scope="row" className="py-2 font-normal">{w.credit}</th>
              <td className="py-2">{money(payment.credit)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  ); // prettier-ignore
}
