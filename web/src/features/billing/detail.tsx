import { useQuery } from "@tanstack/react-query";
import { Ban, Printer, Undo2 } from "lucide-react";
import { useState } from "react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link, useParam } from "@/app/link";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { METHOD_WORDS } from "@/components/money-words";
import { useNames } from "@/components/names";
import { Awaited } from "@/components/ui/awaited";
import { Button } from "@/components/ui/button";
import { Card, Facts, Note, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";
import { part } from "@/lib/part";

import { PaymentBadge } from "./badge";
import { Receipt } from "./receipt";
import { words } from "./strings";

const w = words.one;
const Acts = part(() => import("./acts"));

export default function PaymentDetail() {
  const paymentId = useParam("paymentId");
  const found = useQuery(reading("ledger", "/api/v1/payments/{payment_id}", { path: { payment_id: paymentId } }));
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  return <One payment={found.data} />;
}

function One({ payment }: { payment: Schema<"Payment"> }) {
  const may = useMay();
  const names = useNames();
  const { day, instant } = useFormat();
  const [act, setAct] = useState<"void" | "refund" | null>(null);
  const [met, setMet] = useState(false);
  const title = payment.receiptNumber ? w.title(payment.receiptNumber) : w.untitled;
  const records = may("payments:record");
  const open = (which: "void" | "refund") => {
    setMet(true);
    setAct(which);
  };
  return (
    <>
      <PageBody className="max-w-4xl print:hidden">
        <PageHead title={title} about={<PaymentBadge status={payment.status} />}>
          <HistoryButton of={title} address={`/api/v1/payments/${payment.id}/history`} needs="money-history:read" />
          {records && !isZero(payment.credit) && payment.status !== "VOIDED" && (
            <Button aria-haspopup="dialog" onClick={() => open("refund")}>
              <Undo2 aria-hidden className="size-4" />
              {w.refund}
            </Button>
          )}
          {records && payment.status === "RECORDED" && (
            <Button aria-haspopup="dialog" onClick={() => open("void")}>
              <Ban aria-hidden className="size-4" />
              {w.void}
            </Button>
          )}
          {payment.receiptNumber && (
            <Button kind="primary" onClick={() => window.print()}>
              <Printer aria-hidden className="size-4" />
              {w.print}
            </Button>
          )}
        </PageHead>
        {payment.voidReason && (
          <Note tone="danger">
            {w.voidedBecause}: {payment.voidReason} {payment.voidedOn && `(${day(payment.voidedOn)})`}
          </Note>
        )}
        <Card>
          <Facts
            facts={[
              [words.amount, <Amount key="amount" value={payment.amount} className="text-xl font-semibold" />],
              [words.patient, <Link key="who" to="/patients/$patientId" params={{ patientId: payment.patientId }} className="inline-flex min-h-6 items-center underline underline-offset-4">{payment.patientName ?? "—"}</Link>],
              [words.date, day(payment.receivedOn)],
              [words.method, METHOD_WORDS[payment.method]],
              [w.reference, payment.reference],
              [w.applied, <Amount key="applied" value={payment.applied} />],
              [w.credit, <Amount key="credit" value={payment.credit} />],
              !isZero(payment.refunded) && [w.refunded, <Amount key="refunded" value={payment.refunded} />],
              [w.recordedAt, instant(payment.recordedAt)],
              [w.recordedBy, names(payment.recordedBy)],
            ]}
          />
        </Card>
        <Card title={w.settled}>
          {payment.settled.length === 0 ? <p className="p-4 text-sm text-muted">{payment.status === "VOIDED" ? w.nothingNow : isZero(payment.credit) ? w.nothingLeft : w.nothing}</p> : <Settled payment={payment} />}
        </Card>
        {payment.refunds.length > 0 && (
          <Card title={w.refunds}>
            <ul className="text-sm">
              {payment.refunds.map((refund) => (
                <li key={refund.id} className="flex min-h-12 items-center gap-4 border-b border-line px-4 py-2 last:border-0">
                  <span className="grow">{day(refund.refundedOn)} · {METHOD_WORDS[refund.method]} · {refund.reason}{refund.number && <span className="ml-2 text-muted">{refund.number}</span>}</span>
                  <Amount value={refund.amount} />
                </li>
              ))}
            </ul>
          </Card>
        )}
      </PageBody>
      <Receipt payment={payment} />
      <Awaited open={act !== null} close={() => setAct(null)}>{met && <Acts payment={payment} act={act} close={() => setAct(null)} />}</Awaited>
    </>
  ); // prettier-ignore
}

function Settled({ payment }: { payment: Schema<"Payment"> }) {
  const { day } = useFormat();
  return (
    <ul className="text-sm">
      {payment.settled.map((each) => (
        <li key={each.chargeId} className="flex min-h-12 items-center gap-4 border-b border-line px-4 py-2 last:border-0">
          <span className="grow">{words.kinds[each.kind]}</span>
          <span className="text-muted">{w.on} {day(each.appliedOn)}</span>
          <Amount value={each.amount} className="min-w-20 text-right" />
        </li>
      ))}
    </ul>
  );
}
