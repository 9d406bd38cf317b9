import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names.ts";

export type IconButtonProps = Omit<ComponentProps<"button">, "aria-label" | "children"> & {
  /** What it does, said to people who do not see the icon. */
  label: string;
  icon: ReactNode;
  size?: "sm" | "md";
  tone?: "soft" | "bad";
};

export function IconButton({
  label,
  icon,
  size = "md",
  tone = "soft",
  className,
  type = "button",
  ...rest
}: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={classNames(
        "inline-flex shrink-0 items-center justify-center rounded-control transition-colors duration-150 disabled:opacity-50 [&_svg]:size-4",
        size === "sm" ? "size-8" : "size-10",
        tone === "bad" ? "text-soft hover:bg-bad-wash hover:text-bad" : "text-soft hover:bg-ink/7 hover:text-ink",
        "data-[popup-open]:bg-ink/7 data-[popup-open]:text-ink",
        className,
      )}
      {...rest}
    >
      {icon}
    </button>
  );
}
