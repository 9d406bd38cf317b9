import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { Dormouse } from "#components/ui/dormouse.tsx";

/** What an address that leads nowhere says, within the frame of whoever asked for it. */
export function NothingHere() {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center">
      <Dormouse mood="asleep" className="w-40" />
      <h1 className="mt-8 text-2xl font-semibold">Nothing lives here</h1>
      <p className="mt-2 text-pretty text-soft">
        This address leads nowhere. If you came by a link somebody sent you, ask them to send it once more.
      </p>
      <Link href="/" className={buttonClass("secondary", "md", "mt-6")}>
        Go to the start
      </Link>
    </div>
  );
}
