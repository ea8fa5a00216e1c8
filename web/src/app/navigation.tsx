import { Menu as More } from "lucide-react";

import { useMe } from "@/api/me";
import { cn } from "@/lib/cn";
import { useBeside } from "@/lib/media";
import { words } from "@/lib/strings";

import { Link } from "./link";
import { LiveState } from "./live-state";
import { type Entry, type Page, type Path, labelOf, menuOf } from "./pages";

const at = (page: Page) => ({ to: page.path as Path }) as { to: "/" };

export function Navigation({ more }: { more: () => void }) {
  const me = useMe();
  const entries = menuOf(me);
  if (!useBeside()) return <PhoneBar entries={entries} more={more} />;
  return (
    <nav aria-label={words.navigation.label} className="no-print sticky top-0 flex h-dvh flex-col gap-0.5 overflow-y-auto border-r border-line bg-surface p-3" tabIndex={-1}>
      <p className="flex items-center gap-2 px-3 pt-1 pb-3 font-semibold">
        <img src="/mark.svg" alt="" width={24} height={24} />
        <span className="line-clamp-2 min-w-0 leading-tight">{me.centre.name}</span>
      </p>
      {entries.map((entry) => (
        <SideLink key={entry.path} entry={entry} />
      ))}
      <span className="grow" />
      {/* Of the platform nothing is announced. */}
      {me.role !== "SUPER_ADMIN" && <LiveState />}
    </nav>
  );
}

export function SideLink({ entry, onClick }: { entry: Entry; onClick?: () => void }) {
  const { icon: Icon, group } = entry.menu;
  return (
    <>
      {group && <hr className="mx-3 my-2 border-line" />}
      <Link
        {...at(entry)}
        {...(onClick ? { onClick } : {})}
        className="flex min-h-10 items-center gap-3 rounded-lg px-3 text-sm hover:bg-sunken data-[status=active]:bg-brand-soft data-[status=active]:font-semibold"
      >
        <Icon aria-hidden className="size-4 shrink-0" />
        {labelOf(entry)}
      </Link>
    </>
  );
}

/** On a phone: four pages under the thumb, the others behind one button. */
function PhoneBar({ entries, more }: { entries: Entry[]; more: () => void }) {
  const chosen = entries.length <= 5 ? entries : entries.filter((entry) => entry.menu.phone).slice(0, 4);
  const cell = "flex min-h-14 min-w-0 flex-1 flex-col items-center justify-center gap-1 px-0.5 text-xs max-[22rem]:text-[0.6875rem]";
  return (
    <nav aria-label={words.navigation.label} className="no-print fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]">
      {chosen.map((entry) => {
        const Icon = entry.menu.icon;
        return (
          <Link key={entry.path} {...at(entry)} className={cn(cell, "data-[status=active]:font-semibold data-[status=active]:text-brand")}>
            <Icon aria-hidden className="size-5" />
            <span className="max-w-full truncate">{labelOf(entry)}</span>
          </Link>
        );
      })}
      {chosen.length < entries.length && (
        <button type="button" aria-haspopup="dialog" onClick={more} className={cell}>
          <More aria-hidden className="size-5" />
          {words.navigation.more}
        </button>
      )}
    </nav>
  );
}
