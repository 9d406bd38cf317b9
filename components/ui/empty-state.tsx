import type { ReactNode } from "react";
import { Dormouse, type DormouseMood } from "./dormouse.tsx";

export type EmptyStateProps = { title: ReactNode; children?: ReactNode; action?: ReactNode; mood?: DormouseMood };

export function EmptyState({ title, children, action, mood = "asleep" }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <Dormouse mood={mood} className="w-32" />
      <p className="mt-5 text-base font-medium">{title}</p>
      {children ? <div className="mt-1 max-w-sm text-pretty text-soft">{children}</div> : null}
      {action ? <div className="mt-5">{action}</div> : null}
    </div>
  );
}
