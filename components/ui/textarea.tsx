import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";
import { CONTROL } from "./input.tsx";

/** Grows with its text where the browser can. */
export function Textarea({ className, rows = 3, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      rows={rows}
      className={classNames(CONTROL, "field-sizing-content max-h-72 min-h-20 resize-y py-2", className)}
      {...rest}
    />
  );
}
