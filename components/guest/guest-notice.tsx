import type { ReactNode } from "react";
import { Dormouse, type DormouseMood } from "#components/ui/dormouse.tsx";

export type GuestNoticeProps = { title: string; children: ReactNode; mood?: DormouseMood };

/** A page that has one thing to say, in the middle of it: why a link does not open, or how to come in. */
export function GuestNotice({ title, children, mood = "asleep" }: GuestNoticeProps) {
  return (
    <div className="my-auto flex flex-col items-center py-12 text-center">
      <Dormouse mood={mood} className="w-44" />
      <h1 className="mt-8 font-semibold text-2xl">{title}</h1>
      <div className="mt-2 max-w-md text-pretty text-soft">{children}</div>
    </div>
  );
}
