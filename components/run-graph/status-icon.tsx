import { Check, CircleDashed, CircleSlash, LoaderCircle, Minus, SkipForward, TriangleAlert } from "lucide-react";
import { classNames } from "#components/ui/class-names.ts";
import type { NodeStatus } from "./run-status.ts";

const ICONS = {
  idle: CircleDashed,
  running: LoaderCircle,
  succeeded: Check,
  skipped: SkipForward,
  failed: TriangleAlert,
  unneeded: Minus,
  stopped: CircleSlash,
  unreached: Minus,
} as const;

export const STATUS_COLORS: Record<NodeStatus, string> = {
  idle: "text-faint",
  running: "text-hazel",
  succeeded: "text-good",
  skipped: "text-moon",
  failed: "text-bad",
  unneeded: "text-faint",
  stopped: "text-faint",
  unreached: "text-faint",
};

/** A state's status by shape and colour; the words stand beside it. */
export function StatusIcon({ status, className }: { status: NodeStatus; className?: string }) {
  const Icon = ICONS[status];
  return (
    <Icon
      aria-hidden
      className={classNames(
        "shrink-0",
        STATUS_COLORS[status],
        status === "running" && "animate-[spin_2.4s_linear_infinite] motion-reduce:animate-none",
        className,
      )}
    />
  );
}
