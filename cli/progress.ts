/** A line on the terminal that says how far something is; nothing where the output goes elsewhere. */
import { formatBytes } from "#lib/kernel/format.ts";
import { type Program, paint } from "./program.ts";

/** Sizes in bytes, the speed in bytes per second. */
export type Progress = {
  done: number;
  total: number;
  speed?: number | undefined;
  secondsLeft?: number | undefined;
  about?: string;
};

const EVERY_MS = 100;

export function progressLine(program: Program): { show(progress: Progress): void; end(): void } {
  const { stderr, json } = program;
  if (!stderr.isTTY || json) return { show: () => undefined, end: () => undefined };
  let shownAt = 0;
  let shown = false;
  return {
    show(progress) {
      const now = Date.now();
      if (now - shownAt < EVERY_MS && progress.done < progress.total) return;
      shownAt = now;
      shown = true;
      stderr.write(`\r\u001b[K${lineOf(program, progress, stderr.columns ?? 80)}`);
    },
    end() {
      if (shown) stderr.write("\r\u001b[K");
      shown = false;
    },
  };
}

function lineOf(program: Program, { done, total, speed, secondsLeft, about }: Progress, width: number): string {
  const part = total > 0 ? Math.min(1, done / total) : 1;
  const words = [
    `${Math.floor(part * 100)} %`.padStart(5),
    `${formatBytes(done)} of ${formatBytes(total)}`,
    ...(speed ? [`${formatBytes(Math.round(speed))}/s`] : []),
    ...(secondsLeft !== undefined && Number.isFinite(secondsLeft) ? [`${timeLeft(secondsLeft)} left`] : []),
    ...(about ? [about] : []),
  ].join("  ");
  const room = Math.min(30, width - words.length - 4);
  if (room < 5) return words.slice(0, width - 1);
  const full = Math.round(part * room);
  return `${paint(program, "cyan", "━".repeat(full), "stderr")}${paint(program, "dim", "─".repeat(room - full), "stderr")} ${words}`;
}

/** “42 s”, “3 min 5 s”, “2 h 10 min”. */
export function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
