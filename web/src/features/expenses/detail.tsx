import { useQuery } from "@tanstack/react-query";
import { Ban, Pencil } from "lucide-react";
import { useState } from "react";

import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link, useParam } from "@/app/link";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { CATEGORY_WORDS, METHOD_WORDS } from "@/components/money-words";
import { useNames } from "@/components/names";
import { Awaited } from "@/components/ui/awaited";
import { Button, buttonStyles } from "@/components/ui/button";
import { Badge, Card, Facts, Note, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFormat } from "@/lib/format";
import { part } from "@/lib/part";

import { words } from "./strings";

const Void = part(() => import("./void"));

export default function ExpenseDetail() {
  const expenseId = useParam("expenseId");
  const may = useMay();
  const names = useNames();
  const { day, instant } = useFormat();
  const [voiding, setVoiding] = useState<boolean>();
  const found = useQuery(reading("expense", "/api/v1/expenses/{expense_id}", { path: { expense_id: expenseId } }));
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  const expense = found.data;
  const title = words.one(expense.receiptNumber ?? "");
  const stands = expense.status !== "VOIDED" && may("expenses:write");
  return (
    <PageBody className="max-w-4xl">
      <PageHead title={title} about={<Badge tone={expense.status === "VOIDED" ? "danger" : expense.status === "AMENDED" ? "warn" : "good"}>{words.statuses[expense.status]}</Badge>}>
        <HistoryButton of={title} address={`/api/v1/expenses/${expense.id}/history`} needs="money-history:read" />
        {stands && (
          <>
            <Button aria-haspopup="dialog" onClick={() => setVoiding(true)}>
              <Ban aria-hidden className="size-4" />
              {words.void}
            </Button>
            <Link to="/expenses/$expenseId/edit" params={{ expenseId: expense.id }} className={buttonStyles({ kind: "primary" })}>
              <Pencil aria-hidden className="size-4" />
              {words.amend}
            </Link>
          </>
        )}
      </PageHead>
      {expense.voidReason && <Note tone="danger">{words.voidedBecause}: {expense.voidReason}</Note>}
      <Card>
        <Facts
          facts={[
            [words.amount, <Amount key="amount" value={expense.amount} className="text-xl font-semibold" />],
            [words.category, CATEGORY_WORDS[expense.category]],
            [words.method, METHOD_WORDS[expense.method]],
            [words.date, day(expense.incurredOn)],
            [words.payee, expense.payee],
            [words.description, expense.description],
            [words.reference, expense.reference],
            [words.recordedAt, instant(expense.recordedAt)],
            [words.recordedBy, names(expense.recordedBy)],
            expense.updatedAt !== expense.recordedAt && [words.changedAt, instant(expense.updatedAt)],
          ]}
        />
      </Card>
      <Awaited open={voiding === true} close={() => setVoiding(false)}>{voiding !== undefined && <Void expense={expense} open={voiding} close={() => setVoiding(false)} />}</Awaited>
    </PageBody>
  ); // prettier-ignore
}
