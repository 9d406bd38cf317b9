import type { Metadata } from "next";
import { GuestNotice } from "#components/guest/guest-notice.tsx";
import { GuestShell } from "#components/shell/guest-shell.tsx";
import { SignInCard } from "#components/welcome/sign-in-card.tsx";
import { SignInCommand } from "#components/welcome/sign-in-command.tsx";
import { VisibleError } from "#lib/kernel/errors.ts";
import { checkSignIn } from "#lib/members/check-sign-in.ts";
import { publicCtx } from "#lib/web/request-ctx.ts";
import { signIn } from "../actions.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await checkSignIn(publicCtx(), { token }).catch((error: unknown) => {
    if (error instanceof VisibleError) return error;
    throw error;
  });
  return (
    <GuestShell>
      {link instanceof VisibleError ? (
        <GuestNotice title="This link does not sign you in">
          <p>{link.message} On the machine where Dormouse runs, this prints a new one:</p>
          <SignInCommand />
        </GuestNotice>
      ) : (
        <SignInCard token={token} firstRun={link.firstRun} signIn={signIn} />
      )}
    </GuestShell>
  );
}
