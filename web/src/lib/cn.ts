import { type ClassValue, clsx } from "clsx";

// What two classes would both set, by the first words of their names. The general tool for this knows all of Tailwind, and
// weighs 8 KB in the first thing that anybody downloads; these are the ones that a component's caller changes.
const SETS = /^-?(min-h|max-h|min-w|max-w|inset-x|inset-y|grid-cols|col-span|gap-x|gap-y|px|py|pt|pb|pl|pr|p|mx|my|mt|mb|ml|mr|m|h|w|size|z|gap|top|left|right|bottom|inset|bg|justify|items|self|overflow|opacity|shadow|rounded)(-|$)/;
const DISPLAY = new Set(["block", "inline-block", "inline", "flex", "inline-flex", "grid", "inline-grid", "contents", "hidden"]);
const SIZE = /^text-(xs|sm|base|lg|\d?xl)$/;
const WEIGHT = /^font-(normal|medium|semibold|bold)$/;

function sets(name: string): string | undefined {
  const at = name.lastIndexOf(":") + 1;
  const [variants, plain] = [name.slice(0, at), name.slice(at)];
  const what = DISPLAY.has(plain) ? "display" : SIZE.test(plain) ? "text-size" : WEIGHT.test(plain) ? "weight" : SETS.exec(plain)?.[1];
  return what && variants + what;
}

/** Class names, later ones winning over earlier ones of the same kind: `cn("px-4", "px-2")` is `px-2`. */
export function cn(...names: ClassValue[]): string {
  const kept = new Map<string, string>();
  for (const name of clsx(names).split(" ")) {
    const key = sets(name) ?? name;
    kept.delete(key); // so that it moves to the end
    kept.set(key, name);
  }
  return [...kept.values()].join(" ");
}
