import { useMe } from "@/api/me";
import { Dialog } from "@/components/ui/dialog";
import { words } from "@/lib/strings";

import { labelOf, menuOf } from "./pages";

const w = words.shortcuts;

export default function Keys({ open, close }: { open: boolean; close: () => void }) {
  const me = useMe();
  const rows: [string, string][] = [
    ["Ctrl K", w.palette],
    ["/", w.palette],
    ["?", w.open],
    ...menuOf(me).flatMap((page): [string, string][] => (page.keys ? [[page.keys.toUpperCase(), w.go(labelOf(page))]] : [])),
  ];
  return (
    <Dialog open={open} close={close} title={w.title}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2 text-sm">
        {rows.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt><kbd className="rounded border border-line-strong bg-sunken px-2 py-1 font-mono text-xs">{keys}</kbd></dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
