/** A therapist's own prices; without one, the therapy's counts. */
import { useQuery } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { useTherapyTypes } from "@/components/names";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/fields";
import { Card } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, useForm } from "@/lib/form";

import { whole } from "./saving";
import { words } from "./strings";

const w = words.therapists;
type Price = Schema<"TherapistPrice">;

export function Prices({ therapistId }: { therapistId: string }) {
  const may = useMay();
  const manages = may("pricing:manage");
  const [open, setOpen] = useState<{ price?: Price }>();
  const found = useQuery(reading("pricing", "/api/v1/therapists/{therapist_id}/pricing", { path: { therapist_id: therapistId }, query: { pageSize: 100 } }));
  const { mutate } = useCommand({
    send: (price: Price, headers) => api.DELETE("/api/v1/therapists/{therapist_id}/pricing/{pricing_id}", { params: { path: { therapist_id: therapistId, pricing_id: price.id } }, headers }),
    changes: ["pricing"],
    said: w.priceRemoved,
    undo: (_, { therapyTypeId, sessionCost, sessionDuration }) => () =>
      api.POST("/api/v1/therapists/{therapist_id}/pricing", { params: { path: { therapist_id: therapistId } }, body: { therapyTypeId, sessionCost, sessionDuration } }),
  });
  if (found.isPending) return <Skeleton rows={3} />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const prices = found.data.data;
  return (
    <Card
      title={w.pricing}
      actions={
        <>
          <HistoryButton icon of={w.pricing} address={`/api/v1/therapists/${therapistId}/pricing/history`} />
          {manages && (
            <Button onClick={() => setOpen({})}>
              <Plus aria-hidden className="size-4" />
              {w.newPrice}
            </Button>
          )}
        </>
      }
    >
      {prices.length === 0 ? (
        <p className="p-4 text-sm text-muted">{w.noPrices}</p>
      ) : (
        <ul className="divide-y divide-line text-sm">
          {prices.map((each) => (
            <li key={each.id} className="flex min-h-14 flex-wrap items-center gap-x-4 px-4 py-1">
              <span className="min-w-0 grow font-medium">{each.therapyTypeName}</span>
              <span className="tabular text-muted">{words.minutes(each.sessionDuration)}</span>
              <Amount value={each.sessionCost} />
              {manages && (
                <span className="flex gap-1">
                  <Button kind="quiet" size="icon" aria-label={`${words.edit}: ${each.therapyTypeName}`} onClick={() => setOpen({ price: each })}>
                    <Pencil aria-hidden className="size-4" />
                  </Button>
                  <Button kind="quiet" size="icon" aria-label={`${w.remove}: ${each.therapyTypeName}`} onClick={() => mutate(each)}>
                    <Trash2 aria-hidden className="size-4" />
                  </Button>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <Dialog open={open !== undefined} close={() => setOpen(undefined)} title={open?.price ? w.editPrice(open.price.therapyTypeName) : w.newPrice} about={w.pricingHint}>
        {open && <PriceForm therapistId={therapistId} known={prices} {...(open.price ? { price: open.price } : {})} done={() => setOpen(undefined)} />}
      </Dialog>
    </Card>
  );
}

function PriceForm({ therapistId, price, known, done }: { therapistId: string; price?: Price; known: Price[]; done: () => void }) {
  const types = (useTherapyTypes().data?.data ?? []).filter((each) => each.active && !known.some(({ therapyTypeId }) => therapyTypeId === each.id));
  const form = useForm<{ therapyTypeId: string; sessionCost: string; sessionDuration: string }, Schema<"Saved">>({
    values: { therapyTypeId: price?.therapyTypeId ?? "", sessionCost: price?.sessionCost ?? "", sessionDuration: String(price?.sessionDuration ?? 60) },
    send: ({ therapyTypeId, sessionCost, sessionDuration }, headers) => {
      const rest = { sessionCost, sessionDuration: Number(sessionDuration) };
      const path = { therapist_id: therapistId };
      if (!price) return api.POST("/api/v1/therapists/{therapist_id}/pricing", { params: { path }, body: { ...rest, therapyTypeId }, headers });
      return api.PUT("/api/v1/therapists/{therapist_id}/pricing/{pricing_id}", { params: { path: { ...path, pricing_id: price.id } }, body: rest, headers: { ...headers, "if-match": `"${price.version}"` } });
    },
    changes: ["pricing"],
    said: w.priceSet,
    done,
  });
  return (
    <FormBody form={form} cancel={done}>
      {!price && <Select label={w.therapy} empty="" options={types.map((each) => [each.id, each.name] as const)} {...form.field("therapyTypeId", { required: true })} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={w.cost} inputMode="decimal" {...form.field("sessionCost", { required: true, kind: "money" })} />
        <Field label={w.minutes} inputMode="numeric" {...form.field("sessionDuration", { required: true, check: whole(5, 480) })} />
      </div>
    </FormBody>
  );
}
