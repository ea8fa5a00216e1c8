import { Menu } from "@base-ui/react/menu";
import { Popover as Base } from "@base-ui/react/popover";
import { Check, type LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/cn";

const POPUP = "max-h-(--available-height) overflow-y-auto rounded-xl border border-line bg-surface shadow-lg outline-none";
const ITEM = "flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 text-sm outline-none select-none data-disabled:opacity-60 data-highlighted:bg-sunken";

/** `<Menu.Root><Menu.Trigger/><MenuPopup><MenuItem icon={X} onClick={…}>Words</MenuItem></MenuPopup></Menu.Root>` */
export function MenuPopup({ children, align = "start", className }: { children: ReactNode; align?: "start" | "end"; className?: string }) {
  return (
    <Menu.Portal container={document.getElementById("content")}>
      <Menu.Positioner sideOffset={4} align={align} className="z-40 outline-none">
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

export function MenuRadio({ icon: Icon, children, value }: { icon?: LucideIcon; children: ReactNode; value: string }) {
  return (
    <Menu.RadioItem value={value} className={ITEM} closeOnClick={false}>
      {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
      <span className="grow">{children}</span>
      <Menu.RadioItemIndicator>
        <Check aria-hidden className="size-4" />
      </Menu.RadioItemIndicator>
    </Menu.RadioItem>
  );
}

/** A small panel beside what opened it. `trigger` is the button, as an element. */
export function Popover({ trigger, label, children, align = "start", className, ...root }: {
  trigger: React.ReactElement<Record<string, unknown>>;
  label: string;
  children: ReactNode;
  align?: "start" | "end";
  className?: string;
} & Pick<ComponentProps<typeof Base.Root>, "open" | "onOpenChange">) {
  return (
    <Base.Root {...root}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-40 outline-none">
          <Base.Popup aria-label={label} className={cn(POPUP, "w-72 p-4", className)}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export { Menu };
