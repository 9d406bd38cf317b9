"use client";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import type { DecideDeviceLogin, DeviceLoginView } from "#lib/device-login/device-login.schema.ts";
import { SCOPE_LABELS } from "#lib/kernel/choices.ts";
import type { Result } from "#lib/kernel/result.ts";

type Props = {
  login: DeviceLoginView;
  decide: (input: DecideDeviceLogin) => Promise<Result<{ program: string }>>;
};

/** What a program asks for, and the two answers. */
export function DeviceLogin({ login: { userCode, program, scopes }, decide }: Props) {
  const [busy, setBusy] = useState<DecideDeviceLogin["decision"]>();
  const [done, setDone] = useState<DecideDeviceLogin["decision"]>();
  const [problem, setProblem] = useState<string>();

  async function answer(decision: DecideDeviceLogin["decision"]) {
    setBusy(decision);
    const result = await decide({ userCode, decision }).catch(() => undefined);
    setBusy(undefined);
    if (result?.ok) setDone(decision);
    else setProblem(result?.error.message ?? "The server could not be reached. Nothing was decided; try again.");
  }

  if (done)
    return (
      <p role="status">
        {done === "approved"
          ? "Approved: the program is signed in within seconds."
          : "Refused: the program gets nothing."}{" "}
        You can close this page.
      </p>
    );
  return (
    <section aria-labelledby="asks" className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <h2 id="asks" className="font-semibold text-lg">
        <bdi className="break-words">{program}</bdi> asks to act for you
      </h2>
      <p className="mt-2 text-soft">Approve it only if you started it yourself, and it shows this code:</p>
      <p className="mt-2 font-mono font-semibold text-xl tracking-widest">{userCode}</p>
      <ul className="mt-4 list-disc ps-5 text-sm">
        {scopes.map((scope) => (
          <li key={scope}>{SCOPE_LABELS[scope]}</li>
        ))}
      </ul>
      <p className="mt-4 text-sm text-soft">It gets a key, which you can revoke in the settings.</p>
      {problem ? (
        <p role="alert" className="mt-2 text-bad text-sm">
          {problem}
        </p>
      ) : null}
      <div className="mt-4 flex flex-wrap gap-2">
        <Button
          variant="primary"
          busy={busy === "approved"}
          disabled={busy !== undefined}
          onClick={() => void answer("approved")}
        >
          Approve
        </Button>
        <Button busy={busy === "refused"} disabled={busy !== undefined} onClick={() => void answer("refused")}>
          Refuse
        </Button>
      </div>
    </section>
  );
}
