import { useMe } from "@/api/me";
import { HistoryButton } from "@/components/history-button";
import { Area, Field, Select } from "@/components/ui/fields";
import { Card } from "@/components/ui/page";
import { FormBody, orNull } from "@/lib/form";

import { useSettings } from "./saving";
import { words } from "./strings";

const w = words.centre;
const ZONES = Intl.supportedValuesOf("timeZone");

export default function Centre() {
  const { centre } = useMe();
  const form = useSettings(
    {
      name: centre.name, timezone: centre.timezone, currency: centre.currency, legalName: centre.legalName ?? "", address: centre.address ?? "", phone: centre.phone ?? "", email: centre.email ?? "",
      registrationNumber: centre.registrationNumber ?? "", taxNumber: centre.taxNumber ?? "", financialYearStartMonth: String(centre.financialYearStartMonth),
    },
    (now) => ({
      name: now.name, timezone: now.timezone, currency: now.currency, legalName: orNull(now.legalName), address: orNull(now.address), phone: orNull(now.phone), email: orNull(now.email),
      registrationNumber: orNull(now.registrationNumber), taxNumber: orNull(now.taxNumber), financialYearStartMonth: Number(now.financialYearStartMonth),
    }),
  ); // prettier-ignore
  const zones = ZONES.includes(centre.timezone) ? ZONES : [centre.timezone, ...ZONES];
  return (
    <Card title={words.sections.centre} actions={<HistoryButton of={centre.name} address={`/api/v1/tenants/${centre.id}/history`} quiet />} className="max-w-3xl">
      <div className="p-4">
        <FormBody form={form}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={w.name} {...form.field("name", { required: true })} />
            <Select label={w.timezone} hint={w.zoneHint} options={zones.map((zone) => [zone, zone.replaceAll("_", " ")] as const)} {...form.field("timezone")} />
            <Field label={w.currency} hint={w.currencyHint} readOnly {...form.field("currency")} />
            <Select label={w.yearStart} options={words.months.map((month, n) => [String(n + 1), month] as const)} {...form.field("financialYearStartMonth")} />
          </div>
          <h3 className="mt-2 border-t border-line pt-4 font-medium">{w.letterhead}</h3>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={w.legal} optional {...form.field("legalName")} />
            <Field label={w.phone} type="tel" optional {...form.field("phone", { kind: "phone" })} />
            <Field label={w.email} type="email" optional {...form.field("email", { kind: "email" })} />
            <Field label={w.registration} optional {...form.field("registrationNumber")} />
            <Field label={w.tax} optional {...form.field("taxNumber")} />
          </div>
          <Area label={w.address} optional rows={2} {...form.field("address")} />
        </FormBody>
      </div>
    </Card>
  );
}
