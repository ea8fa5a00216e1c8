import { useMay } from "@/api/me";
import { Link } from "@/app/link";

import { VerifiedBadge } from "./checked";
import { words } from "./strings";

const STYLE = "flex min-h-10 items-center border-b-2 border-transparent px-3 text-sm hover:bg-sunken aria-[current=page]:border-brand aria-[current=page]:font-semibold";
const exact = { activeOptions: { exact: true, includeSearch: false } } as object;

/** The pages of an audit, and whether the book was checked. */
export function AuditNav() {
  const may = useMay();
  return (
    <nav aria-label={words.label} className="no-print flex flex-wrap items-center gap-1 border-b border-line">
      {may("events:read") && <Link to="/audit" {...exact} className={STYLE}>{words.events}</Link>}
      {may("access-log:read") && <Link to="/audit/access" className={STYLE}>{words.access}</Link>}
      {may("audit:verify") && <Link to="/audit/verification" className={STYLE}>{words.verification}</Link>}
      <span className="grow" />
      {may("audit:verify") && <VerifiedBadge />}
    </nav>
  );
}
