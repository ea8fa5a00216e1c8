import { useMe } from "@/api/me";
import { Drawer } from "@/components/ui/dialog";
import { words } from "@/lib/strings";

import { SideLink } from "./navigation";
import { menuOf } from "./pages";

/** On a phone: the pages that have no place under the thumb. */
export default function More({ open, close }: { open: boolean; close: () => void }) {
  return (
    <Drawer open={open} close={close} title={words.navigation.more}>
      <nav aria-label={words.navigation.more} className="grid gap-1">
        {menuOf(useMe()).map((entry) => (
          <SideLink key={entry.path} entry={entry} onClick={close} />
        ))}
      </nav>
    </Drawer>
  );
}
