/** What a payment will settle, by the rule of the ledger, so that it is seen before it is made. */
import type { Schema } from "@/api/client";
import { decimal, paise } from "@/lib/paise";

export type Due = Schema<"Due">;
interface Share {
  due: Due;
  part: string;
  left: string;
}
export interface Allocation {
  shares: Share[];
  credit: string;
}

/**
 * `dues` oldest first, as the API lists them. Money goes to the sessions that are named, in that order; what is left of
 * it becomes credit, which goes to the oldest of the others where the centre lets credit apply itself.
 */
export function allocate(amount: string, dues: readonly Due[], named: readonly string[] | null, auto: boolean): Allocation {
  let rest = paise(amount);
  const first = named === null ? dues : named.flatMap((id) => dues.filter((due) => due.sessionId === id));
  const then = named === null || !auto ? [] : dues.filter((due) => !named.includes(due.sessionId));
  const shares: Share[] = [];
  for (const due of [...first, ...then]) {
    const open = paise(due.open);
    const part = rest < open ? rest : open;
    if (part <= 0n) continue;
    rest -= part;
    shares.push({ due, part: decimal(part), left: decimal(open - part) });
  }
  return { shares, credit: decimal(rest) };
}
