import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Wordmark } from "#components/ui/logo.tsx";
import type { Theme } from "#components/ui/theme.ts";
import { ThemeToggle } from "#components/ui/theme-toggle.tsx";

export type AppShellProps = { memberName: string; signOut: () => Promise<void>; theme: Theme; children: ReactNode };

/** The frame around the pages of signed-in people. */
export function AppShell({ memberName, signOut, theme, children }: AppShellProps) {
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:bg-raised focus:p-2"
      >
        Skip to the content
      </a>
      <header className="border-line border-b">
        <div className="mx-auto flex h-14 max-w-4xl items-center gap-4 px-4 sm:px-6">
          <Link href="/transfers" aria-label="Dormouse, transfers" className="rounded-control">
            <Wordmark />
          </Link>
          <div className="ml-auto flex items-center gap-1">
            <ThemeToggle initial={theme} />
            <span className="hidden max-w-40 truncate px-2 text-sm text-soft sm:inline">{memberName}</span>
            <form action={signOut}>
              <Button type="submit" variant="quiet" size="sm">
                Sign out
              </Button>
            </form>
          </div>
        </div>
      </header>
      <main id="main" className="mx-auto max-w-4xl px-4 py-8 sm:px-6">
        {children}
      </main>
    </>
  );
}
