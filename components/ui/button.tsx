import { LoaderCircle } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names.ts";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";
export type ButtonSize = "sm" | "md" | "lg";

const BASE =
  "inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-control border font-medium " +
  "transition-[background-color,border-color,color,transform] duration-150 ease-calm active:translate-y-px " +
  "disabled:opacity-55 aria-disabled:opacity-55 disabled:active:translate-y-0";

const VARIANTS: Record<ButtonVariant, string> = {
  primary: "border-transparent bg-hazel text-on-hazel hover:bg-hazel-strong",
  secondary: "border-line bg-raised text-ink shadow-card hover:border-edge",
  quiet: "border-transparent text-soft hover:bg-ink/7 hover:text-ink",
  danger: "border-bad/35 bg-bad-wash text-bad hover:border-bad",
};

const SIZES: Record<ButtonSize, string> = {
  sm: "h-8 px-2.5 text-[0.8125rem]",
  md: "h-10 px-4 text-sm",
  lg: "h-11 px-5 text-[0.9375rem]",
};

/** The classes of a button, for links that look like one. */
export const buttonClass = (variant: ButtonVariant = "secondary", size: ButtonSize = "md", extra?: string): string =>
  classNames(BASE, VARIANTS[variant], SIZES[size], extra);

export type ButtonProps = ComponentProps<"button"> & {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: ReactNode;
  /** Something is under way: shows a spinner and takes no further click. */
  busy?: boolean;
};

export function Button({
  variant,
  size,
  icon,
  busy = false,
  className,
  children,
  disabled,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={buttonClass(variant, size, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  );
}
