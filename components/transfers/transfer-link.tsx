"use client";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { useOrigin } from "#components/ui/use-browser.ts";

/** A transfer's link, whole, and a button that copies it. `path` as in `/t/…`. */
export function TransferLink({ path }: { path: string }) {
  return (
    <div className="flex items-center gap-2">
      <code className="min-w-0 flex-1 select-all truncate rounded-control bg-ink/5 px-3 py-2.5 font-mono text-[0.8125rem]">
        {useOrigin()}
        {path}
      </code>
      <CopyButton value={path} variant="primary" />
    </div>
  );
}
