/** What is sent, through which channels, when not, and in which words. */
import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useDeferredValue, useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { HistoryButton } from "@/components/history-button";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Area, Check, Field } from "@/components/ui/fields";
import { Badge, Card } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { words as notices } from "@/features/notices/strings";
import { FormBody, orNull, useForm } from "@/lib/form";

import { useSettings, whole } from "./saving";
import { words } from "./strings";

const w = words.notices;
type Kind = Schema<"NoticeKind">;
type Template = Schema<"NotificationTemplateView">;

export default function NoticeSettings() {
  return (
    <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-4">
      <Sending />
      <Templates />
    </div>
  );
}

function Sending() {
  const { centre } = useMe();
  const kinds = centre.notices.map(({ kind }) => kind);
  const form = useSettings(
    {
      sms: centre.notices.map(({ channels }) => channels.includes("SMS")), email: centre.notices.map(({ channels }) => channels.includes("EMAIL")),
      reminderHoursBefore: String(centre.reminderHoursBefore), duesReminderDay: String(centre.duesReminderDay),
      quiet: centre.quietHoursStart !== null, quietHoursStart: centre.quietHoursStart ?? "21:00", quietHoursEnd: centre.quietHoursEnd ?? "08:00", senderName: centre.senderName ?? "",
    },
    (now) => ({
      notices: kinds.map((kind, n) => ({ kind, channels: [...(now.sms[n] ? (["SMS"] as const) : []), ...(now.email[n] ? (["EMAIL"] as const) : [])] })),
      reminderHoursBefore: Number(now.reminderHoursBefore), duesReminderDay: Number(now.duesReminderDay), quietHoursEnabled: now.quiet,
      ...(now.quiet ? { quietHoursStart: now.quietHoursStart, quietHoursEnd: now.quietHoursEnd } : {}), senderName: orNull(now.senderName),
    }),
  ); // prettier-ignore
  const quiet = form.watch("quiet");
  return (
    <Card title={w.kinds} actions={<HistoryButton of={centre.name} address={`/api/v1/tenants/${centre.id}/history`} quiet />}>
      <div className="p-4">
        <FormBody form={form}>
          <table className="w-full text-left text-sm">
            <thead className="text-muted">
              <tr>
                <th scope="col" className="py-2 font-medium">{notices.kind}</th>
                <th scope="col" className="w-20 py-2 font-medium">{w.SMS}</th>
                <th scope="col" className="w-20 py-2 font-medium">{w.EMAIL}</th>
              </tr>
            </thead>
            <tbody>
              {kinds.map((kind, n) => (
                <tr key={kind} className="border-t border-line">
                  <th scope="row" className="py-1 font-normal">{notices.kinds[kind]}</th>
                  {(["sms", "email"] as const).map((channel) => (
                    <td key={channel}>
                      <label className="inline-grid size-10 place-items-center">
                        <input type="checkbox" className="size-5 accent-(--brand)" aria-label={`${notices.kinds[kind]}: ${channel === "sms" ? w.SMS : w.EMAIL}`} {...form.tick(`${channel}.${n}`)} />
                      </label>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          <div className="grid gap-4 border-t border-line pt-4 sm:grid-cols-2">
            <Field label={w.reminder} inputMode="numeric" {...form.field("reminderHoursBefore", { required: true, check: whole(1, 168) })} />
            <Field label={w.dues} inputMode="numeric" hint={w.duesHint} {...form.field("duesReminderDay", { required: true, check: whole(1, 31) })} />
            <Field label={w.sender} optional maxLength={50} {...form.field("senderName")} />
          </div>
          <Check label={w.quietOn} {...form.field("quiet")} />
          {quiet && (
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label={`${w.quiet}: ${w.quietFrom.toLowerCase()}`} type="time" {...form.field("quietHoursStart", { required: true })} />
              <Field label={`${w.quiet}: ${w.quietTo.toLowerCase()}`} type="time" {...form.field("quietHoursEnd", { required: true })} />
            </div>
          )}
        </FormBody>
      </div>
    </Card>
  );
}

function Templates() {
  const found = useQuery(reading("notification-template", "/api/v1/notification-templates"));
  const [open, setOpen] = useState<Template>();
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const several = found.data.languages.length > 1;
  return (
    <Card title={w.templates}>
      <ul className="divide-y divide-line text-sm">
        {found.data.data.map((each) => (
          <li key={each.id} className="flex min-h-14 items-center gap-3 px-4 py-2">
            <div className="min-w-0 grow">
              <p className="font-medium">
                {notices.kinds[each.kind]}
                {several && <span className="ml-2 font-normal text-muted">{each.language}</span>}
                <span className="ml-2">{each.custom ? <Badge tone="brand">{w.custom}</Badge> : <Badge>{w.standard}</Badge>}</span>
              </p>
              <p className="truncate text-muted">{each.smsText}</p>
            </div>
            <div className="flex shrink-0">
              <HistoryButton icon of={several ? `${notices.kinds[each.kind]}, ${each.language}` : notices.kinds[each.kind]} address={`/api/v1/notification-templates/${each.id}/history`} />
              <Button kind="quiet" size="icon" aria-label={w.editText(notices.kinds[each.kind])} aria-haspopup="dialog" onClick={() => setOpen(each)}>
                <Pencil aria-hidden className="size-4" />
              </Button>
            </div>
          </li>
        ))}
      </ul>
      <Drawer open={open !== undefined} close={() => setOpen(undefined)} title={open ? w.editText(notices.kinds[open.kind]) : ""} wide="full">
        {open && <TemplateForm key={open.id} template={open} done={() => setOpen(undefined)} />}
      </Drawer>
    </Card>
  );
}

function TemplateForm({ template, done }: { template: Template; done: () => void }) {
  const form = useForm<{ smsText: string; emailSubject: string; emailText: string; smsTemplateCode: string }, Schema<"Saved">>({
    values: { smsText: template.smsText, emailSubject: template.emailSubject, emailText: template.emailText, smsTemplateCode: template.smsTemplateCode ?? "" },
    draft: `template.${template.id}`,
    send: ({ smsTemplateCode, ...texts }, headers) =>
      api.PUT("/api/v1/notification-templates", { body: { kind: template.kind, language: template.language, ...texts, smsTemplateCode: orNull(smsTemplateCode) }, headers }),
    changes: ["notification-template"],
    said: w.textSaved,
    done,
  });
  const { mutate } = useCommand({
    send: (id: string, headers) => api.DELETE("/api/v1/notification-templates/{template_id}", { params: { path: { template_id: id } }, headers }),
    changes: ["notification-template"],
    said: w.resetDone,
    undo: () => () =>
      api.PUT("/api/v1/notification-templates", { body: { kind: template.kind, language: template.language, smsText: template.smsText, emailSubject: template.emailSubject, emailText: template.emailText, smsTemplateCode: template.smsTemplateCode } }),
    done,
  });
  const [smsText, emailSubject, emailText] = form.watch(["smsText", "emailSubject", "emailText"]);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
      <p className="text-sm text-muted lg:col-span-2">
        {w.placeholders} {template.placeholders.map((each) => <code key={each} className="mr-1 rounded bg-sunken px-1 text-text">{`{${each}}`}</code>)}
      </p>
      <div className="grid gap-4">
        <FormBody form={form} cancel={done}>
          <Area label={w.sms} rows={3} {...form.field("smsText", { required: true })} />
          <Field label={w.subject} {...form.field("emailSubject", { required: true })} />
          <Area label={w.body} rows={6} {...form.field("emailText", { required: true })} />
          <Field label={w.templateCode} optional {...form.field("smsTemplateCode")} />
        </FormBody>
        {template.custom && <Button className="justify-self-start" onClick={() => mutate(template.id)}>{w.reset}</Button>}
      </div>
      <Preview kind={template.kind} texts={{ smsText, emailSubject, emailText }} />
    </div>
  );
}

function Preview({ kind, texts }: { kind: Kind; texts: { smsText: string; emailSubject: string; emailText: string } }) {
  const query = useDeferredValue(texts);
  const found = useQuery({
    ...reading("notification-template", "/api/v1/notification-templates/preview", { query: { kind, ...query } }),
    placeholderData: (before) => before,
    retry: false,
  });
  const shown = found.data;
  return (
    <section className="grid gap-2 border-t border-line pt-4 text-sm lg:sticky lg:top-0 lg:border-t-0 lg:border-l lg:pt-0 lg:pl-6" aria-label={w.preview}>
      <h3 className="font-medium">{w.preview} <span className="font-normal text-muted">{w.previewHint}</span></h3>
      {found.isError ? (
        <Failed error={found.error} />
      ) : shown ? (
        <>
          <p className="rounded-lg bg-sunken p-3 break-words whitespace-pre-line">{shown.smsText}</p>
          <p className="text-muted">{w.characters(shown.smsCharacters, shown.smsSegments)}{shown.smsUnicode && ` · ${w.unicode}`}</p>
          <div className="rounded-lg bg-sunken p-3 break-words whitespace-pre-line">
            <p className="font-medium">{shown.emailSubject}</p>
            <p className="mt-2">{shown.emailText}</p>
          </div>
        </>
      ) : (
        <Skeleton rows={2} />
      )}
    </section>
  );
}
