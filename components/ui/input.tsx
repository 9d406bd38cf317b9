import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

/** What every control that takes text looks like. 16 px on phones, so that iOS does not zoom in. */
export const CONTROL =
  "w-full rounded-control border border-edge/70 bg-surface px-3 text-base text-ink placeholder:text-faint sm:text-sm " +
  "transition-[border-color] hover:border-edge focus:border-hazel focus:outline-2 focus:outline-offset-0 focus:outline-hazel/45 " +
  "aria-invalid:border-bad disabled:opacity-60";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={classNames(CONTROL, "h-10", className)} {...rest} />;
}
