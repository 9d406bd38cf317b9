import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";
import { CONTROL } from "./input.tsx";

export type SelectProps = Omit<ComponentProps<"select">, "children"> & {
  options: readonly { value: string | number; label: string }[];
};

/** The browser's own select, so that it works on phones and without scripts; drawn in our colours where it can be. */
export function Select({ options, className, ...rest }: SelectProps) {
  return (
    <span className={classNames("relative inline-flex w-full items-center", className)}>
      <select className={classNames(CONTROL, "pick flex h-10 appearance-none items-center pr-9")} {...rest}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown className="pointer-events-none absolute right-3 size-4 text-faint" aria-hidden />
    </span>
  );
}
