import { AlertDialog } from "@base-ui/react/alert-dialog";

import { Note } from "@/components/ui/page";
import { words } from "@/lib/strings";

import { SignInForm } from "./form";

/** Over the page whose login has ended. What waits for a token goes on by itself once somebody has signed in. */
export default function SignInAgain({ email, tenant }: { email: string | null; tenant: string }) {
  return (
    <AlertDialog.Root open>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-50 bg-black/50" />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 grid max-h-[calc(100dvh-2rem)] w-[calc(100%-2rem)] max-w-sm -translate-x-1/2 -translate-y-1/2 gap-4 overflow-y-auto rounded-xl border border-line bg-surface p-6 shadow-xl outline-none">
          <AlertDialog.Title className="text-xl font-semibold">{words.signIn.again}</AlertDialog.Title>
          <AlertDialog.Description render={<div />}>
            <Note tone="warn">{words.signIn.kept}</Note>
          </AlertDialog.Description>
          <SignInForm email={email} tenant={tenant} done={() => undefined} />
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
