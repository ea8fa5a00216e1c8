import type { Schema } from "@/api/client";
import { useMe } from "@/api/me";
import { HistoryButton } from "@/components/history-button";
import { Check, Field, Select } from "@/components/ui/fields";
import { Card } from "@/components/ui/page";
import { FormBody } from "@/lib/form";

import { percent, useSettings, whole } from "./saving";
import { words } from "./strings";

const w = words.rules;

export default function Rules() {
  const { centre } = useMe();
  const form = useSettings(
    {
      chargeOn: centre.chargeOn as string, paymentTermDays: String(centre.paymentTermDays), applyCreditAutomatically: centre.applyCreditAutomatically,
      cancellationWindowHours: String(centre.cancellationWindowHours), lateFeePercent: centre.lateFeePercent, noShowFeePercent: centre.noShowFeePercent,
      rescheduleNoticeHours: String(centre.rescheduleNoticeHours), slotStepMinutes: String(centre.slotStepMinutes), minimumNoticeMinutes: String(centre.minimumNoticeMinutes),
    },
    (now) => ({
      chargeOn: now.chargeOn as Schema<"ChargeOn">, paymentTermDays: Number(now.paymentTermDays), applyCreditAutomatically: now.applyCreditAutomatically,
      cancellationWindowHours: Number(now.cancellationWindowHours), lateFeePercent: now.lateFeePercent, noShowFeePercent: now.noShowFeePercent,
      rescheduleNoticeHours: Number(now.rescheduleNoticeHours), slotStepMinutes: Number(now.slotStepMinutes), minimumNoticeMinutes: Number(now.minimumNoticeMinutes),
    }),
  ); // prettier-ignore
  const number = { inputMode: "numeric", className: "content-end" } as const;
  return (
    <Card title={words.sections.rules} actions={<HistoryButton of={centre.name} address={`/api/v1/tenants/${centre.id}/history`} quiet />} className="max-w-3xl">
      <div className="p-4">
        <FormBody form={form}>
          <h3 className="font-medium">{w.money}</h3>
          <div className="grid gap-4 sm:grid-cols-2">
            <Select label={w.chargeOn} options={[["BOOKING", w.BOOKING], ["COMPLETION", w.COMPLETION]]} {...form.field("chargeOn")} />
            <Field label={w.termDays} {...number} {...form.field("paymentTermDays", { required: true, check: whole(0, 365) })} />
          </div>
          <Check label={w.applyCredit} {...form.field("applyCreditAutomatically")} />
          <h3 className="border-t border-line pt-4 font-medium">{w.cancelling}</h3>
          <div className="grid gap-4 sm:grid-cols-3">
            <Field label={w.window} {...number} {...form.field("cancellationWindowHours", { required: true, check: whole(0, 720) })} />
            <Field label={w.lateFee} {...number} inputMode="decimal" {...form.field("lateFeePercent", { required: true, check: percent })} />
            <Field label={w.noShowFee} {...number} inputMode="decimal" {...form.field("noShowFeePercent", { required: true, check: percent })} />
          </div>
          <h3 className="border-t border-line pt-4 font-medium">{w.moving}</h3>
          <div className="grid gap-4 sm:grid-cols-3">
            <Field label={w.notice} {...number} {...form.field("rescheduleNoticeHours", { required: true, check: whole(0, 720) })} />
            <Field label={w.step} {...number} {...form.field("slotStepMinutes", { required: true, check: whole(1, 240) })} />
            <Field label={w.minimum} {...number} {...form.field("minimumNoticeMinutes", { required: true, check: whole(0, 43200) })} />
          </div>
        </FormBody>
      </div>
    </Card>
  );
}
