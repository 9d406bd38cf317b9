"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dormouse } from "#components/ui/dormouse.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { Result } from "#lib/kernel/result.ts";

export type SignInCardProps = {
  token: string;
  /** The first sign-in also names the owner and the workspace. */
  firstRun: boolean;
  signIn: (input: { token: string; name: string; workspaceName: string }) => Promise<Result<never>>;
};

/** Signs in on a click, never on opening: scanners and previews open links too. */
export function SignInCard({ token, firstRun, signIn }: SignInCardProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    const result = await signIn({
      token,
      name: String(form.get("name") ?? ""),
      workspaceName: String(form.get("workspaceName") ?? ""),
    });
    // A sign-in that worked has left this page.
    if (!result?.ok) setError(result?.error.message);
    setBusy(false);
  }

  return (
    <form
      onSubmit={submit}
      className="mx-auto mt-10 flex max-w-sm flex-col gap-5 rounded-card border border-line bg-surface p-6 shadow-card"
    >
      <Dormouse mood="awake" className="mx-auto w-28" />
      <div className="text-center">
        <h1 className="text-xl font-semibold">{firstRun ? "Welcome to Dormouse" : "Welcome back"}</h1>
        <p className="mt-1 text-sm text-soft">
          {firstRun
            ? "You are its owner. What shall recipients read?"
            : "This link signs you in once, in this browser."}
        </p>
      </div>
      {firstRun ? (
        <>
          <Field label="Your name">
            {(control) => <Input {...control} name="name" required maxLength={100} autoComplete="name" />}
          </Field>
          <Field label="Workspace" hint="Your organisation, or whatever you like.">
            {(control) => (
              <Input {...control} name="workspaceName" required maxLength={100} autoComplete="organization" />
            )}
          </Field>
        </>
      ) : null}
      {error ? (
        <p role="alert" className="text-bad text-sm">
          {error}
        </p>
      ) : null}
      <Button type="submit" variant="primary" size="lg" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
