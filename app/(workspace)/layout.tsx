import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { AppShell } from "#components/shell/app-shell.tsx";
import { RefreshRetries } from "#components/ui/refresh-retries.tsx";
import { parseTheme, THEME_COOKIE } from "#components/ui/theme.ts";
import { ToastProvider } from "#components/ui/toast.tsx";
import { DropEverywhere } from "#components/upload/drop-everywhere.tsx";
import { WhileSending } from "#components/upload/while-sending.tsx";
import { can } from "#lib/auth/permissions.ts";
import { readCookie } from "#lib/web/cookies.ts";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";
import { signOut } from "../welcome/actions.ts";

/** Everything below is for signed-in people; others are told how to sign in. */
export default async function WorkspaceLayout({ children }: { children: ReactNode }) {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  const theme = parseTheme(await readCookie(THEME_COOKIE));
  return (
    <ToastProvider>
      <RefreshRetries />
      {can(ctx, "transfer:create") ? (
        <>
          <WhileSending />
          <DropEverywhere />
        </>
      ) : null}
      <AppShell memberName={ctx.actor.name} signOut={signOut} theme={theme}>
        {children}
      </AppShell>
    </ToastProvider>
  );
}
