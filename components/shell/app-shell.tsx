import { Settings } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { buttonClass } from "#components/ui/button.tsx";
import { Wordmark } from "#components/ui/logo.tsx";
import type { Theme } from "#components/ui/theme.ts";
import { ThemeToggle } from "#components/ui/theme-toggle.tsx";
import { SendingIndicator } from "#components/upload/sending-indicator.tsx";
import { SignOut } from "./sign-out.tsx";

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
        <div className="mx-auto flex min-h-14 max-w-4xl flex-wrap items-center gap-x-3 gap-y-1 px-4 sm:px-6">
          <Link prefetch={false} href="/transfers" aria-label="Dormouse, transfers" className="rounded-control">
            <Wordmark />
          </Link>
          <SendingIndicator />
          <div className="ml-auto flex items-center gap-1">
            <Link
              prefetch={false}
              href="/settings"
              aria-label="Settings"
              title="Settings"
              className={buttonClass("quiet", "sm")}
            >
              <Settings aria-hidden className="size-4" />
            </Link>
            <ThemeToggle initial={theme} />
            <bdi className="hidden max-w-40 truncate px-2 text-sm text-soft sm:inline">{memberName}</bdi>
            <SignOut signOut={signOut} />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-4xl px-4 py-8 outline-none sm:px-6">
        {children}
      </main>
    </>
  );
}
