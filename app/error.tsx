"use client";
import { Button } from "#components/ui/button.tsx";
import { Dormouse } from "#components/ui/dormouse.tsx";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="mx-auto flex min-h-[80dvh] max-w-md flex-col items-center justify-center px-6 py-16 text-center">
      <Dormouse mood="awake" className="w-36" />
      <h1 className="mt-8 text-2xl font-semibold">Something went wrong here</h1>
      <p className="mt-2 text-pretty text-soft">
        The page could not be shown. Your files are not affected; what was stored is still stored.
      </p>
      <Button variant="primary" className="mt-6" onClick={reset}>
        Try again
      </Button>
      {error.digest ? <p className="mt-6 font-mono text-xs text-faint">Reference {error.digest}</p> : null}
    </main>
  );
}
