import { Menu } from "@base-ui/react/menu";
import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/cn";

const POPUP = "max-h-(--available-height) overflow-y-auto rounded-xl border border-line bg-surface shadow-lg outline-none";
const ITEM = "flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 text-sm outline-none select-none data-disabled:opacity-60 data-highlighted:bg-sunken";

/** `<Menu.Root><Menu.Trigger/><MenuPopup><MenuItem icon={X} onClick={…}>Words</MenuItem></MenuPopup></Menu.Root>` */
export function MenuPopup({ children, align = "start", className }: { children: ReactNode; align?: "start" | "end"; className?: string }) {
  return (
    <Menu.Portal container={document.getElementById("content")}>
      {/* Over what is just said: on a phone a message lay upon the entries, and none could be chosen for as long as it stood. */}
      <Menu.Positioner sideOffset={4} align={align} className="z-45 outline-none">
        <Menu.Popup className={cn(POPUP, "min-w-48 p-1.5", className)}>{children}</Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  );
}

export function MenuItem({ icon: Icon, children, danger, ...rest }: { icon?: LucideIcon; danger?: boolean } & ComponentProps<typeof Menu.Item>) {
  return (
    <Menu.Item {...rest} className={cn(ITEM, danger && "text-danger")}>
      {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
      {children}
    </Menu.Item>
  );
}

export { Menu };
