import type { ReactNode } from "react";

import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { buttonStyles } from "@/components/ui/button";
import { Empty } from "@/components/ui/states";
import { words } from "@/lib/strings";

/** There are no sessions yet: whoever books them can do so from here. */
export function FirstBooking({ children }: { children: ReactNode }) {
  const book = (
    <Link to="/schedule" search={{ book: "true" }} className={buttonStyles({ kind: "primary" })}>
      {words.navigation.book}
    </Link>
  );
  return <Empty action={useMay()("sessions:book") && book}>{children}</Empty>;
}
