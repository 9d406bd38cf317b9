"use client";
import { Button } from "#components/ui/button.tsx";
import "./globals.css";

/** Stands in for the whole page, layout included, when even that could not be drawn. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Something went wrong · Dormouse</title>
        <main className="mx-auto flex min-h-dvh max-w-md flex-col items-center justify-center px-6 text-center">
          <h1 className="text-2xl font-semibold">Dormouse could not wake up</h1>
          <p className="mt-2 text-soft">The page could not be shown at all. Your files are not affected.</p>
          <Button variant="primary" className="mt-6" onClick={reset}>
            Try again
          </Button>
          {error.digest ? <p className="mt-6 font-mono text-xs text-faint">Reference {error.digest}</p> : null}
        </main>
      </body>
    </html>
  );
}
