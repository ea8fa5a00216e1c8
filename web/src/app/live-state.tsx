import { Radio } from "lucide-react";
import { useSyncExternalStore } from "react";

import { live, watchLive } from "@/api/live";
import { words } from "@/lib/strings";

export function LiveState() {
  const state = useSyncExternalStore(watchLive, live);
  return (
    <p className="flex items-center gap-2 px-3 py-2 text-xs text-muted" title={state === "live" ? words.live.liveHint : undefined}>
      <Radio aria-hidden className={state === "live" ? "size-3.5 text-good" : "size-3.5"} />
      <span aria-live="polite">{words.live[state]}</span>
    </p>
  );
}
