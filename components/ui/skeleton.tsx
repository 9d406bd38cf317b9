import { classNames } from "./class-names.ts";

/** The place of something that is on its way. Its size comes from `className`. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classNames("block animate-shimmer rounded-md bg-ink/8", className)} />;
}
