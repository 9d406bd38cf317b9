import { Dormouse } from "#components/ui/dormouse.tsx";

export type GuestNoticeProps = { title: string; children: string };

/** Says why a link does not open, in words of its own for each reason. */
export function GuestNotice({ title, children }: GuestNoticeProps) {
  return (
    <div className="flex flex-col items-center py-20 text-center">
      <Dormouse mood="asleep" className="w-40" />
      <h1 className="mt-6 text-2xl font-semibold">{title}</h1>
      <p className="mt-2 max-w-md text-pretty text-soft">{children}</p>
    </div>
  );
}
