import { useMay } from "@/api/me";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { explain } from "@/lib/overlays";
import { words } from "@/lib/strings";

/** Where a figure of a patient is explained: `outstanding`, `overdue`, `credit`. */
export const ofPatient = (figure: string, patientId: string) => `/api/v1/explain/${figure}?${new URLSearchParams({ patientId }).toString()}`;

/**
 * An amount of the centre's money. With `address` (the API's `explain` beside a figure) it can be asked what it is made
 * of. `label` says which amount it is, for the question and for whoever hears it.
 */
export function Amount({ value, label, address, className }: { value: string; label?: string; address?: string | undefined; className?: string }) {
  const { money } = useFormat();
  const asks = useMay()("financial-reports:read"); // whoever may not would only be refused
  if (!address || !label || !asks) return <span className={cn("tabular whitespace-nowrap", className)}>{money(value)}</span>;
  return <Explained text={money(value)} label={label} address={address} className={className} />;
}

/** Any figure of a report: `<Explained text="74 %" label="Utilisation" address={rate.part.explain} />`. */
export function Explained({ text, label, address, className }: { text: string; label: string; address: string; className?: string | undefined }) {
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      aria-label={`${text}. ${words.explain.button(label)}`}
      onClick={() => explain(label, address)}
      className={cn("tabular min-h-6 rounded whitespace-nowrap underline decoration-line-strong decoration-dotted underline-offset-4 hover:decoration-solid", className)}
    >
      {text}
    </button>
  );
}
