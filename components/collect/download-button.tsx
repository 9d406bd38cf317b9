"use client";
import { type FormEvent, type ReactNode, useState } from "react";

export type DownloadButtonProps = {
  /** Asked with POST, it answers where the file is. */
  href: string;
  name: string;
  /** It has been downloaded as often as the sender allows. */
  spent: boolean;
  /** This browser has begun to download it, and may try again. */
  taken: boolean;
  /** Of a file that is too large for one connection: its number. */
  large?: number | undefined;
  /** Of the words beside the button, and of the button, before and after it was pressed. */
  look: { words: string; button: string; again: string };
  children: ReactNode;
};

type Answer = { url?: string; spent?: boolean; error?: { message: string } };

const LOST = "The connection was lost. Try again.";

/**
 * Downloads a file of which a limit counts the downloads: following a link would count for programs that look at links.
 * Without script the form is answered with the download itself; with it, what became of it is said in its place.
 */
export function DownloadButton({ href, name, spent, taken, large, look, children }: DownloadButtonProps) {
  const [busy, setBusy] = useState(false);
  const [got, setGot] = useState<Answer>();
  const isTaken = taken || got?.url !== undefined;
  const isSpent = spent || got?.spent === true;
  const words = got?.error?.message ?? describe(isTaken, isSpent);

  async function take(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      const answer = await fetch(href, { method: "POST", headers: { accept: "application/json" } });
      const said = (await answer.json()) as Answer;
      setGot((last) => ({ ...last, error: undefined, ...said }) as Answer);
      if (said.url) location.assign(said.url);
    } catch {
      setGot((last) => ({ ...last, error: { message: LOST } }));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <span role="status" className={words ? look.words : "sr-only"}>
        {words}
      </span>
      {isSpent && !isTaken ? null : (
        <form method="post" action={href} onSubmit={take} {...(large === undefined ? {} : { "data-large": large })}>
          <button
            type="submit"
            className={isTaken ? look.again : look.button}
            aria-label={isTaken ? `Download ${name} again` : `Download ${name}`}
            aria-busy={busy || undefined}
          >
            {isTaken ? "Again" : children}
          </button>
        </form>
      )}
    </>
  );
}

function describe(isTaken: boolean, isSpent: boolean): string {
  if (isTaken) return isSpent ? "downloaded; limit reached" : "downloaded";
  return isSpent ? "limit reached" : "";
}
