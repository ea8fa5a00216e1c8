/** What opens over a list of sessions or the schedule: one session, and why it could not be moved. */
import { useRef } from "react";

import { Awaited } from "@/components/ui/awaited";
import { part } from "@/lib/part";

import type { useMove } from "./moving";

const SessionDrawer = part(() => import("./session"));
const Conflict = part(() => import("./conflict"));

/** `id`: of the session shown, "" for none. */
export function SessionOver({ id, close, moving }: { id: string; close: () => void; moving: ReturnType<typeof useMove> }) {
  const { move, conflict, settle } = moving;
  const last = useRef(""); // still drawn while the drawer closes
  if (id) last.current = id;
  return (
    <>
      <Awaited open={id !== ""} close={close}>
        {last.current && <SessionDrawer id={last.current} shown={id !== ""} close={close} move={move} />}
      </Awaited>
      <Awaited open={conflict !== null} close={settle}>
        {conflict && (
          <Conflict
            conflict={conflict}
            close={settle}
            choose={(to) => {
              settle();
              move(conflict.session, to);
            }}
          />
        )}
      </Awaited>
    </>
  );
}
