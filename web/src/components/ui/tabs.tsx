import { Tabs as Base } from "@base-ui/react/tabs";
import { type ReactNode, useEffect, useRef } from "react";

import { Awaited } from "./awaited";
import { Skeleton } from "./states";

interface Tab {
  id: string;
  label: string;
  /** Built when it is shown first; a lazy component is fine. */
  content: () => ReactNode;
}

/** Tabs whose choice the page keeps in its address: `<Tabs label="…" tabs={…} value={filters.tab} change={(tab) => set({ tab })} />`. */
export function Tabs({ label, tabs, value, change }: { label: string; tabs: (Tab | false)[]; value: string; change: (id: string) => void }) {
  const shown = tabs.filter((tab) => tab !== false);
  const chosen = shown.some((tab) => tab.id === value) ? value : (shown[0]?.id ?? "");
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [chosen]);
  return (
    <Base.Root value={chosen} onValueChange={(id: string) => change(id)}>
      <Base.List ref={list} aria-label={label} className="no-print flex gap-1 overflow-x-auto border-b border-line" activateOnFocus={false}>
        {shown.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            className="min-h-10 shrink-0 border-b-2 border-transparent px-3 text-sm whitespace-nowrap -outline-offset-2 hover:bg-sunken data-active:border-brand data-active:font-semibold"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {shown.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className="min-w-0 pt-4 outline-offset-4">
          <Awaited fallback={<Skeleton rows={5} />}>{tab.content()}</Awaited>
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
