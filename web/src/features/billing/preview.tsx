import type { Schema } from "@/api/client";
import { Amount } from "@/components/amount";
import { useTherapyTypes } from "@/components/names";
import { Badge } from "@/components/ui/page";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";

import type { Allocation, Due } from "./allocate";
import { words } from "./strings";

const w = words.record;

/** What an open charge is for: `Speech therapy, 14 Nov 2026`. */
export function useDueWords(): (due: Pick<Due, "kind" | "therapyTypeId" | "dueOn">) => string {
  const { day } = useFormat();
  const types = useTherapyTypes().data;
  return (due) => {
    const therapy = types?.data.find((type) => type.id === due.therapyTypeId)?.name ?? words.kinds[due.kind];
    return `${therapy}${due.kind === "SESSION" ? "" : ` (${words.kinds[due.kind].toLowerCase()})`}, ${day(due.dueOn)}`;
  };
}

/** Everything that is open, and what of it this payment will settle. */
export function Preview({ dues, plan, chosen, toggle, error }: {
  dues: Schema<"DuesView">;
  plan: Allocation | undefined;
  /** Sessions that the payment names; null: the ledger's own order. */
  chosen: string[] | null;
  toggle: (sessionId: string, on: boolean) => void;
  error: string | undefined;
}) {
  const told = useDueWords();
  const { money } = useFormat();
  const share = (due: Due) => plan?.shares.find((each) => each.due.id === due.id);
  return (
    <div className="grid text-sm">
      <p className="flex flex-wrap gap-x-6 gap-y-1 border-b border-line px-4 py-3">
        <span>
          <span className="text-muted">{w.outstanding}</span> <Amount value={dues.outstanding} className="font-semibold" />
        </span>
        {!isZero(dues.credit) && (
          <span>
            <span className="text-muted">{w.has}</span> <Amount value={dues.credit} className="font-semibold" />
          </span>
        )}
      </p>
      {error && <p role="alert" className="px-4 pt-3 text-danger">{error}</p>}
      {dues.charges.length === 0 && <p className="px-4 py-3 text-muted">{w.clear}</p>}
      <ul className="max-h-96 overflow-y-auto">
        {dues.charges.map((due) => {
          const part = share(due);
          const words = (
            <span className="min-w-0 grow">
              {told(due)} {due.overdue && <Badge tone="warn">{w.late(due.daysOverdue)}</Badge>}
            </span>
          );
          return (
            <li key={due.id} className="flex min-h-12 items-center gap-3 border-b border-line px-4 py-1.5">
              {chosen ? (
                <label className="flex min-h-10 min-w-0 grow items-center gap-3">
                  <input type="checkbox" className="size-5 shrink-0 accent-(--brand)" checked={chosen.includes(due.sessionId)} onChange={(event) => toggle(due.sessionId, event.target.checked)} />
                  {words}
                </label>
              ) : (
                words
              )}
              <span className="tabular shrink-0 text-right">
                {part ? (
                  <>
                    <span className="block font-semibold text-good">
                      <span className="sr-only">{w.willPay} </span>
                      {money(part.part)}
                    </span>
                    {!isZero(part.left) && <span className="block text-xs text-muted">{w.left} {money(part.left)}</span>}
                  </>
                ) : (
                  <span className="text-muted">{money(due.open)}</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <p aria-live="polite" className="flex min-h-12 items-center justify-between gap-4 px-4">
        {plan ? (
          <>
            <span>{w.credit}</span>
            <strong className="tabular font-semibold">{money(plan.credit)}</strong>
          </>
        ) : (
          <span className="text-muted">{w.type}</span>
        )}
      </p>
    </div>
  );
}
