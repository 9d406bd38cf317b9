import type { ReactNode } from "react";
import { Wordmark } from "#components/ui/logo.tsx";

/** The quiet frame around pages for people who are not signed in. */
export function GuestShell({ children, footer }: { children: ReactNode; footer?: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-3xl flex-col px-4 sm:px-6">
      <header className="py-5">
        <Wordmark size="sm" />
      </header>
      <main className="flex flex-1 flex-col pb-12">{children}</main>
      {footer ? <footer className="border-line border-t py-5 text-[0.8125rem] text-faint">{footer}</footer> : null}
    </div>
  );
}
