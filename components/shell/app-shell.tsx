import Link from "next/link";
import type { ReactNode } from "react";
import { Wordmark } from "#components/ui/logo.tsx";
import type { Theme } from "#components/ui/theme.ts";
import { SendingIndicator } from "#components/upload/sending-indicator.tsx";
import { AccountMenu } from "./account-menu.tsx";

export type AppShellProps = { memberName: string; signOut: () => Promise<void>; theme: Theme; children: ReactNode };

/** The frame around the pages of signed-in people. */
export function AppShell({ memberName, signOut, theme, children }: AppShellProps) {
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-10 focus:rounded-control focus:bg-raised focus:p-2"
      >
        Skip to the content
      </a>
      <header className="border-line border-b">
        <div className="mx-auto flex min-h-14 max-w-4xl items-center gap-x-3 px-4 sm:px-6">
          <Link prefetch={false} href="/transfers" aria-label="Dormouse, transfers" className="rounded-control">
            <Wordmark />
          </Link>
          <SendingIndicator />
          <div className="ml-auto flex items-center">
            <AccountMenu memberName={memberName} signOut={signOut} theme={theme} />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-4xl px-4 py-8 outline-none sm:px-6">
        {children}
      </main>
    </>
  );
}
