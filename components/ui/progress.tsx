import { classNames } from "./class-names.ts";

export type ProgressProps = {
  /** 0 to 1; null while nothing is known yet. */
  value: number | null;
  label: string;
  /** What is read aloud in place of the bare percentage. */
  valueText?: string;
  tone?: "hazel" | "good" | "bad" | "faint";
  size?: "sm" | "md";
  className?: string;
};

const TONES = { hazel: "bg-hazel", good: "bg-good", bad: "bg-bad", faint: "bg-faint" } as const;

export function Progress({ value, label, valueText, tone = "hazel", size = "md", className }: ProgressProps) {
  const part = value === null ? null : Math.min(1, Math.max(0, value));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={part === null ? undefined : Math.floor(part * 100)}
      aria-valuetext={valueText}
      className={classNames("overflow-hidden rounded-full bg-ink/10", size === "sm" ? "h-1" : "h-2", className)}
    >
      <div
        className={classNames(
          "h-full origin-left rounded-full transition-transform duration-300 ease-out rtl:origin-right",
          TONES[tone],
          part === null && "animate-shimmer",
        )}
        style={{ transform: `scaleX(${part ?? 1})` }}
      />
    </div>
  );
}
