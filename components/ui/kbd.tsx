import type { ReactNode } from "react";

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded-md border border-b-2 border-line bg-raised px-1.5 py-0.5 font-mono text-xs text-soft">
      {children}
    </kbd>
  );
}
