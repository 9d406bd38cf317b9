"use client";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Confirm } from "#components/ui/confirm.tsx";
import { endUploads } from "#components/upload/upload-store.ts";
import { isUnfinished, useUploads } from "#components/upload/use-uploads.ts";

/** Signs out; asks first while something is being sent, since that ends with it. */
export function SignOut({ signOut }: { signOut: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const unfinished = useUploads().transfers.some(isUnfinished);
  async function leave() {
    endUploads();
    await signOut();
  }
  return (
    <form
      action={async () => {
        if (unfinished) setAsking(true);
        else await leave();
      }}
    >
      <Button type="submit" variant="quiet" size="sm">
        Sign out
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Sign out in the middle of sending?"
        confirmLabel="Stop and sign out"
        cancelLabel="Go on sending"
        onConfirm={() => void leave()}
      >
        What has not arrived yet is not sent. Files that have arrived stay in their transfer.
      </Confirm>
    </form>
  );
}
