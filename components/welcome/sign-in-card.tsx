"use client";
import { type FormEvent, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dormouse } from "#components/ui/dormouse.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { keepCookie } from "#components/ui/keep-cookie.ts";
import type { Result } from "#lib/kernel/result.ts";

export type SignInCardProps = {
  token: string;
  /** The first sign-in also names the owner and the workspace. */
  firstRun: boolean;
  signIn: (input: { token: string; name: string; workspaceName: string }) => Promise<Result<never>>;
};

type Errors = { name?: string; workspaceName?: string; form?: string };

/** The server looks whether it comes back, before it uses the link up. */
function tryCookie(): void {
  try {
    keepCookie("dormouse_cookies", "1", 600);
  } catch {
    // A page in a sandbox may not even try; then it does not come back.
  }
}

/** Signs in on a click, never on opening: scanners and previews open links too. */
export function SignInCard({ token, firstRun, signIn }: SignInCardProps) {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Errors>({});

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const name = String(data.get("name") ?? "").trim();
    const workspaceName = String(data.get("workspaceName") ?? "").trim();
    const missing: Errors = {
      ...(firstRun && !name ? { name: "Recipients want to know who sends to them." } : {}),
      ...(firstRun && !workspaceName ? { workspaceName: "Give it a name; your own will do." } : {}),
    };
    const found = Object.keys(missing).length > 0 ? missing : await enter({ token, name, workspaceName });
    setErrors(found);
    const wrong = form.elements.namedItem(found.name ? "name" : "workspaceName");
    if ((found.name || found.workspaceName) && wrong instanceof HTMLElement) wrong.focus();
  }

  async function enter(input: { token: string; name: string; workspaceName: string }): Promise<Errors> {
    setBusy(true);
    tryCookie();
    const result = await signIn(input).catch(() => undefined);
    // A sign-in that worked leaves this page.
    if (result?.ok !== false) return {};
    setBusy(false);
    const { message, details } = result.error;
    return details?.path === "name" || details?.path === "workspaceName"
      ? { [details.path]: message }
      : { form: message };
  }

  return (
    <form
      onSubmit={submit}
      noValidate
      className="m-auto flex w-full max-w-sm flex-col gap-5 rounded-card border border-line bg-surface p-6 shadow-card"
    >
      <Dormouse mood="awake" className="mx-auto w-28" />
      <div className="text-center">
        <h1 className="font-semibold text-xl">{firstRun ? "Welcome to Dormouse" : "Welcome back"}</h1>
        <p className="mt-1 text-pretty text-sm text-soft">
          {firstRun
            ? "You are its owner. This is what your recipients will read:"
            : "This link signs you in once, in this browser."}
        </p>
      </div>
      {firstRun ? (
        <>
          <Field label="Your name" error={errors.name}>
            {(control) => <Input {...control} name="name" autoComplete="name" />}
          </Field>
          <Field label="Workspace" hint="Your organisation, or whatever you like." error={errors.workspaceName}>
            {(control) => <Input {...control} name="workspaceName" autoComplete="organization" />}
          </Field>
        </>
      ) : null}
      {errors.form ? (
        <p role="alert" className="text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      <Button type="submit" variant="primary" size="lg" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
