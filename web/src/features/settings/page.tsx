/** Settings of the centre: one page, a section each; a section's code comes when it is opened. */
import { type ComponentType, useEffect, useRef } from "react";

import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { Awaited } from "@/components/ui/awaited";
import { PageBody, PageHead } from "@/components/ui/page";
import { Forbidden, Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { useFilters } from "@/lib/filters";
import { part } from "@/lib/part";

import { words } from "./strings";

type Id = keyof typeof words.sections;
const SECTIONS: readonly { id: Id; may: string; all?: true; Content: ComponentType }[] = [
  { id: "people", may: "users:read", all: true, Content: part(() => import("./people")) },
  { id: "therapies", may: "therapy-types:read", Content: part(() => import("./therapies")) },
  { id: "therapists", may: "availability:read", Content: part(() => import("./therapists")) },
  { id: "rooms", may: "tenants:read", Content: part(() => import("./rooms")) },
  { id: "holidays", may: "tenants:read", Content: part(() => import("./holidays")) },
  { id: "centre", may: "tenants:manage", Content: part(() => import("./centre")) },
  { id: "rules", may: "tenants:manage", Content: part(() => import("./rules")) },
  { id: "notices", may: "notifications:manage", Content: part(() => import("./notices")) },
];

export default function Settings() {
  const may = useMay();
  const [filters] = useFilters({ section: "" });
  const open = SECTIONS.filter((each) => (each.all ? may(each.may, "ALL") : may(each.may)));
  const shown = open.find(({ id }) => id === filters.section) ?? (filters.section ? undefined : open[0]);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which React would call as a clean-up.
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [shown?.id]);
  return (
    <PageBody>
      <PageHead title={shown ? `${words.title}: ${words.sections[shown.id]}` : words.title} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[10rem_minmax(0,1fr)]">
        <nav ref={nav} aria-label={words.title} className="no-print flex gap-1 overflow-x-auto lg:flex-col">
          {open.map(({ id }) => (
            <Link
              key={id}
              to="/settings"
              search={{ section: id }}
              aria-current={id === shown?.id ? "page" : undefined}
              className={cn("flex min-h-10 shrink-0 items-center rounded-lg px-3 text-sm hover:bg-sunken", id === shown?.id && "bg-brand-soft font-semibold")}
            >
              {words.sections[id]}
            </Link>
          ))}
        </nav>
        <div className="min-w-0">
          <Awaited fallback={<Skeleton rows={6} />}>{shown ? <shown.Content key={shown.id} /> : <Forbidden />}</Awaited>
        </div>
      </div>
    </PageBody>
  );
}
