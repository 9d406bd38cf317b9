import type { Metadata } from "next";
import { GuestNotice } from "#components/guest/guest-notice.tsx";
import { GuestShell } from "#components/shell/guest-shell.tsx";
import { SignInCommand } from "#components/welcome/sign-in-command.tsx";

export const metadata: Metadata = { title: "Welcome" };

export default function WelcomePage() {
  return (
    <GuestShell>
      <GuestNotice title="Welcome to Dormouse">
        <p>It sends files of any size from an AWS account of your own, and sleeps when nobody needs it.</p>
        <p className="mt-4">
          You are signed in by a link that works once. On the machine where Dormouse runs, this prints one:
        </p>
        <SignInCommand />
      </GuestNotice>
    </GuestShell>
  );
}
