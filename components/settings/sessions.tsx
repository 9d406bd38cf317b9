"use client";
import { LogOut } from "lucide-react";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { Result } from "#lib/kernel/result.ts";
import { useSaving } from "./use-saving.ts";

export type SessionsProps = {
  sessions: { id: string; device: string; createdAt: string; usedAt: string; current: boolean }[];
  /** Without an id: all but this browser's. */
  endSessions: (input: { id?: string }) => Promise<Result<number>>;
};

/** Where a member is signed in, and how each of these browsers is signed out from here. */
export function Sessions({ sessions, endSessions }: SessionsProps) {
  const { busy, errors, save } = useSaving([]);
  const others = sessions.filter(({ current }) => !current);
  return (
    <section aria-labelledby="sessions" className="rounded-card border border-line bg-surface p-4 shadow-card sm:p-6">
      <h2 id="sessions" className="font-semibold text-lg">
        Where you are signed in
      </h2>
      <p className="mt-1 text-sm text-soft">
        A browser stays signed in for 90 days, or until it has not been used for 14. Sign out any that you don’t know.
      </p>
      <ul className="mt-4 divide-y divide-line">
        {sessions.map(({ id, device, createdAt, usedAt, current }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {device || "An unknown browser"} {current ? <Badge tone="good">This browser</Badge> : null}
              </p>
              <p className="text-sm text-soft">
                Last used <LocalTime iso={usedAt} />, signed in on <LocalTime iso={createdAt} format="day" />
              </p>
            </div>
            {current ? null : (
              <Button
                busy={busy}
                aria-label={`Sign out ${device || "an unknown browser"}`}
                onClick={() => save(() => endSessions({ id }), "Signed out there")}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
      {errors.form ? (
        <p role="alert" className="mt-2 text-bad text-sm">
          {errors.form}
        </p>
      ) : null}
      {others.length > 1 ? (
        <div className="mt-3 flex justify-end">
          <Button busy={busy} onClick={() => save(() => endSessions({}), "Signed out everywhere else")}>
            <LogOut aria-hidden className="size-4" /> Sign out everywhere else
          </Button>
        </div>
      ) : null}
    </section>
  );
}
