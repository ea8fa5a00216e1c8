import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { Dialog } from "@/components/ui/dialog";
import { Area, Check } from "@/components/ui/fields";
import { FormBody, useForm } from "@/lib/form";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

export default function VoidExpense({ expense, open, close }: { expense: Schema<"Expense">; open: boolean; close: () => void }) {
  return (
    <Dialog open={open} close={close} title={words.voidTitle} about={words.voidAbout}>
      <VoidForm expense={expense} close={close} />
    </Dialog>
  );
}

function VoidForm({ expense, close }: { expense: Schema<"Expense">; close: () => void }) {
  const [closed, setClosed] = useState(false);
  const form = useForm({
    values: { reason: "", priorPeriod: false },
    send: (values, headers) => api.DELETE("/api/v1/expenses/{expense_id}", { params: { path: { expense_id: expense.id } }, body: values, headers }),
    changes: ["expense", "report"],
    said: words.voided,
    done: close,
    refused: (error) => {
      if (error.code === "PERIOD_CLOSED") setClosed(true);
    },
  });
  return (
    <FormBody form={form} submit={words.void} cancel={close}>
      <Area label={shared.form.reason} {...form.field("reason", { required: true })} />
      {closed && <Check label={words.closed} {...form.field("priorPeriod")} />}
    </FormBody>
  );
}
