import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { reading } from "@/api/reading";
import { useGo, useParam } from "@/app/link";
import { CATEGORY_OPTIONS, type Category, METHOD_OPTIONS, type Paid } from "@/components/money-words";
import { Check, Field, Select } from "@/components/ui/fields";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

type Expense = Schema<"Expense">;
type Result = Schema<"ExpenseResult">;

/** One form for both: at `/expenses/new` there is nothing yet. */
export default function ExpenseEdit() {
  const expenseId = useParam("expenseId");
  const found = useQuery({ ...reading("expense", "/api/v1/expenses/{expense_id}", { path: { expense_id: expenseId } }), enabled: expenseId !== "" });
  if (expenseId === "") return <ExpenseForm />;
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  return <ExpenseForm key={found.data.id} expense={found.data} />;
}

function ExpenseForm({ expense }: { expense?: Expense }) {
  const go = useGo();
  const { today, money } = useFormat();
  const [closed, setClosed] = useState(false);
  const form = useForm({
    values: {
      amount: expense?.amount ?? "",
      category: (expense?.category ?? "SUPPLIES") as Category,
      method: (expense && expense.method !== "OPENING" ? expense.method : "CASH") as Paid,
      incurredOn: expense?.incurredOn ?? today(),
      payee: expense?.payee ?? "",
      description: expense?.description ?? "",
      reference: expense?.reference ?? "",
      reason: "",
      priorPeriod: false,
    },
    draft: `expense.${expense?.id ?? "new"}`,
    send: ({ payee, description, reference, reason, ...rest }, headers): Promise<{ data?: Result }> => {
      const body = { ...rest, payee: orNull(payee), description: orNull(description), reference: orNull(reference) };
      if (!expense) return api.POST("/api/v1/expenses", { body, headers });
      const params = { path: { expense_id: expense.id } };
      return api.PUT("/api/v1/expenses/{expense_id}", { params, body: { ...body, reason: orNull(reason) }, headers: { ...headers, "if-match": `"${expense.version}"` } });
    },
    changes: ["expense", "report"],
    said: (result) => (expense ? words.amended : words.recorded(money(result.amount))),
    undo: (result) => (expense ? undefined : () => api.DELETE("/api/v1/expenses/{expense_id}", { params: { path: { expense_id: result.id } }, body: { reason: words.undone } })),
    done: (result) => go({ to: "/expenses/$expenseId", params: { expenseId: result.id }, replace: true }),
    refused: (error) => {
      if (error.code === "PERIOD_CLOSED") setClosed(true);
    },
  });
  return (
    <PageBody className="max-w-2xl">
      <PageHead title={expense ? words.edit(expense.receiptNumber ?? "") : words.new} />
      <Card className="p-4">
        <FormBody form={form} submit={expense ? words.save : words.record} cancel={() => history.back()}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={words.amount} inputMode="decimal" autoComplete="off" autoFocus {...form.field("amount", { required: true, kind: "money" })} />
            <Select label={words.category} options={CATEGORY_OPTIONS} {...form.field("category")} />
            <Select label={words.method} options={METHOD_OPTIONS} {...form.field("method")} />
            <Field label={words.date} type="date" max={today()} {...form.field("incurredOn", { required: true, kind: "date" })} />
            <Field label={words.payee} optional autoComplete="off" {...form.field("payee")} />
            <Field label={words.reference} optional autoComplete="off" hint={words.referenceHint} {...form.field("reference")} />
          </div>
          <Field label={words.description} optional autoComplete="off" {...form.field("description")} />
          {expense && <Field label={words.reason} optional hint={words.reasonHint} {...form.field("reason")} />}
          {closed && <Check label={words.closed} {...form.field("priorPeriod")} />}
        </FormBody>
      </Card>
    </PageBody>
  );
}
