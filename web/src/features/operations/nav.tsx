import { Link } from "@/app/link";

import { words } from "./strings";

const STYLE = "flex min-h-10 items-center border-b-2 border-transparent px-3 text-sm hover:bg-sunken aria-[current=page]:border-brand aria-[current=page]:font-semibold";
const exact = { activeOptions: { exact: true, includeSearch: false } } as object;

/** The pages of whoever keeps the installation going. */
export function OperationsNav() {
  return (
    <nav aria-label={words.label} className="no-print flex flex-wrap items-center gap-1 border-b border-line">
      <Link to="/operations" {...exact} className={STYLE}>{words.tables}</Link>
      <Link to="/operations/rebuilds" className={STYLE}>{words.rebuilds}</Link>
      <Link to="/operations/parked" className={STYLE}>{words.parked}</Link>
    </nav>
  );
}
