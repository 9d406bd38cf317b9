import type { Metadata } from "next";
import { GuestShell } from "#components/shell/guest-shell.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export const metadata: Metadata = { title: "Welcome" };

export default function WelcomePage() {
  return (
    <GuestShell>
      <EmptyState title="You are not signed in">
        Dormouse signs you in with a link that works once. On the machine where it runs, print one with{" "}
        <code className="rounded bg-ink/7 px-1 font-mono text-[0.8125rem]">npm run cloud -- sign-in</code>
      </EmptyState>
    </GuestShell>
  );
}
