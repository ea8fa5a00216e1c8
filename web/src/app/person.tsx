import { Keyboard, LogOut, Settings2 } from "lucide-react";
import { useState } from "react";

import { api } from "@/api/client";
import { forgetMe, useMe } from "@/api/me";
import { forget, session } from "@/api/session";
import { Button, buttonStyles } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Segments } from "@/components/ui/fields";
import { forgetDrafts } from "@/lib/drafts";
import { words } from "@/lib/strings";

import { leave } from "./leaving";
import { Link } from "./link";
import { type Theme, choose, theme } from "./theme";

const w = words.theme;

async function signOut() {
  const refreshToken = session()?.refreshToken;
  leave();
  if (refreshToken) await api.POST("/api/v1/auth/logout", { body: { refreshToken } }).catch(() => undefined);
  forgetDrafts();
  forgetMe();
  forget();
  // A fresh page: nothing that this one has read may be there for whoever signs in next.
  location.replace("/login");
}

/** Whoever is signed in: colours, keys, the way out. */
export default function Person({ open, close, keys }: { open: boolean; close: () => void; keys: () => void }) {
  const me = useMe();
  const [chosen, setChosen] = useState<Theme>(theme);
  return (
    <Dialog open={open} close={close} title={me.name} about={<>{me.email}<br />{words.roles[me.role]} · {me.centre.name}</>}>
      <div className="grid gap-4">
        <div className="grid gap-1.5">
          <p className="text-sm font-medium" aria-hidden>{w.label}</p>
          <Segments
            label={w.label}
            value={chosen}
            options={[["light", w.light], ["dark", w.dark], ["system", w.system]]}
            change={(value) => {
              choose(value);
              setChosen(value);
            }}
            className="justify-self-start"
          />
        </div>
        <div className="flex flex-wrap gap-2">
          <Link to="/account" onClick={close} className={buttonStyles()}>
            <Settings2 aria-hidden className="size-4" />
            {words.navigation.account}
          </Link>
          <Button
            onClick={() => {
              close();
              keys();
            }}
          >
            <Keyboard aria-hidden className="size-4" />
            {words.shortcuts.title}
          </Button>
          <Button onClick={() => void signOut()}>
            <LogOut aria-hidden className="size-4" />
            {words.signIn.out}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
