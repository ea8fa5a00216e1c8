import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export const buttonStyles = cva(
  "inline-flex min-h-10 items-center justify-center gap-2 rounded-lg px-4 text-sm font-medium transition-colors disabled:opacity-60",
  {
    variants: {
      kind: {
        primary: "bg-brand text-on-brand hover:opacity-90",
        plain: "border border-line-strong bg-surface text-text hover:bg-sunken",
        quiet: "text-text hover:bg-sunken",
        danger: "bg-danger-soft text-danger hover:opacity-90",
      },
      size: { normal: "", icon: "size-10 px-0" },
    },
    defaultVariants: { kind: "plain", size: "normal" },
  },
);

type Props = ComponentProps<"button"> & VariantProps<typeof buttonStyles>;

export function Button({ className, kind, size, type = "button", ...rest }: Props) {
  return <button type={type} className={cn(buttonStyles({ kind, size }), className)} {...rest} />;
}
