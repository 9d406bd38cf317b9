import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

export type BadgeTone = "plain" | "hazel" | "good" | "bad" | "moon";

const TONES: Record<BadgeTone, string> = {
  plain: "bg-ink/7 text-soft",
  hazel: "bg-hazel-wash text-hazel",
  good: "bg-good-wash text-good",
  bad: "bg-bad-wash text-bad",
  moon: "bg-moon-wash text-moon",
};

/** A state in one or two words; the words carry it, the colour only helps. */
export function Badge({ tone = "plain", icon, children }: { tone?: BadgeTone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2 py-0.5 text-xs font-medium [&_svg]:size-3",
        TONES[tone],
      )}
    >
      {icon}
      {children}
    </span>
  );
}
