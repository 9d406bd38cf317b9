/** Bytes per second over the last seconds, and how long the rest takes at that speed. */
export function speedometer(now: () => number = () => performance.now()) {
  const marks: { at: number; bytes: number }[] = [];
  return (bytes: number, total: number): { speed?: number; secondsLeft?: number } => {
    const at = now();
    marks.push({ at, bytes });
    while (marks.length > 2 && at - (marks[0]?.at ?? at) > WINDOW_MS) marks.shift();
    const [first = { at, bytes }] = marks;
    const seconds = (at - first.at) / 1000;
    if (seconds < 0.5 || bytes <= first.bytes) return {};
    const speed = (bytes - first.bytes) / seconds;
    return { speed, secondsLeft: (total - bytes) / speed };
  };
}

const WINDOW_MS = 5000;
