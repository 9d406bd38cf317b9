import { classNames } from "./class-names.ts";

export type DormouseMood = "asleep" | "awake" | "carrying";

const LINE = {
  stroke: "var(--color-fur-line)",
  strokeWidth: 2,
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;

/** Curled up, the nose under the tail. */
function Asleep() {
  return (
    <>
      <g fill="none" stroke="var(--color-faint)" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round">
        <path className="animate-drift motion-reduce:animate-none" d="M26 34h8l-8 9h8" />
        <path className="animate-drift [animation-delay:1.2s] motion-reduce:animate-none" d="M15 18h6l-6 7h6" />
      </g>
      <g className="origin-[65px_92px] animate-breathe motion-reduce:animate-none" {...LINE}>
        <path fill="var(--color-fur)" d="M20 72C20 46 40 28 67 28c27 0 45 19 45 39 0 18-16 27-46 27-29 0-46-7-46-22Z" />
        <path fill="none" d="M66 46c14-4 29 2 35 15" opacity="0.35" />
        <path fill="var(--color-fur-pale)" stroke="none" d="M28 85c3-12 15-18 30-17 13 1 22 8 24 17-22 9-44 8-54 0Z" />
        <path fill="var(--color-fur-deep)" d="M29 52c-7-8-4-19 5-19 9 0 14 9 9 17" />
        <path fill="var(--color-fur-pale)" stroke="none" d="M33 48c-4-5-2-10 2-10s6 5 4 9" opacity="0.75" />
        <path fill="none" d="M33 66c3 4 9 4 12 0" />
        <path fill="none" d="M17 77l-9-1M18 81l-8 3" stroke="var(--color-faint)" strokeWidth="1.4" />
        <path fill="var(--color-fur-line)" stroke="none" d="M19 70c3-1 5 0 5 3 0 2-2 3-4 2-1-1-2-4-1-5Z" />
        <path
          fill="var(--color-fur-deep)"
          d="M111 62c7 16-3 31-27 33-18 2-35 0-46-7-5-4-2-11 5-9 14 5 33 5 45-1 10-5 12-12 13-17"
        />
        <path fill="none" d="M52 87c10 2 20 2 30 0" opacity="0.35" />
      </g>
    </>
  );
}

function Awake({ carrying }: { carrying: boolean }) {
  return (
    <g {...LINE}>
      <path
        fill="var(--color-fur-deep)"
        d="M84 88c17 5 31-3 32-17 1-11-7-17-6-27 0-6 7-8 11-3 6 8 6 20 5 31-2 18-19 29-42 25"
      />
      <path fill="var(--color-fur)" d="M38 68c-4 10-5 26 6 27h38c11-1 10-17 4-28" />
      <path fill="var(--color-fur-pale)" stroke="none" d="M47 74c-3 9-2 19 5 20h21c8-1 8-12 4-21Z" />
      <path fill="var(--color-fur-deep)" d="M38 34C27 32 20 22 25 15c6-7 19-2 22 10" />
      <path fill="var(--color-fur-deep)" d="M86 34c11-2 18-12 13-19-6-7-19-2-22 10" />
      <path
        fill="var(--color-fur-pale)"
        stroke="none"
        d="M38 28c-6-2-9-7-7-10 3-3 9 0 11 6M86 28c6-2 9-7 7-10-3-3-9 0-11 6"
        opacity="0.75"
      />
      <path fill="var(--color-fur)" d="M31 48c0-16 14-26 31-26s31 10 31 26-13 25-31 25-31-9-31-25Z" />
      <path
        fill="var(--color-fur-pale)"
        stroke="none"
        d="M44 59c4-5 11-7 18-7s14 2 18 7c-4 8-10 12-18 12s-14-4-18-12Z"
      />
      <g fill="var(--color-fur-line)" stroke="none">
        <ellipse cx="47" cy="46" rx="5.2" ry="6" />
        <ellipse cx="77" cy="46" rx="5.2" ry="6" />
        <path d="M58 55c1-2 7-2 8 0 0 3-3 5-4 5s-4-2-4-5Z" />
      </g>
      <circle cx="49" cy="43.6" r="1.7" fill="#fff" stroke="none" />
      <circle cx="79" cy="43.6" r="1.7" fill="#fff" stroke="none" />
      <path fill="none" d="M57 64c2 2 4 1 5-1 1 2 3 3 5 1" />
      <path fill="none" strokeWidth="1.4" d="M43 60l-11-1.6M43 63l-9 2.8M81 60l11-1.6M81 63l9 2.8" opacity="0.6" />
      <path
        fill="none"
        stroke="var(--color-faint)"
        strokeWidth="1.4"
        d="M29 58l-8-1.2M30 67l-7 2.2M95 58l8-1.2M94 67l7 2.2"
      />
      {carrying ? (
        <>
          <path fill="var(--color-nut)" d="M51 84c0-6 5-9 11-9s11 3 11 9c0 7-6 11-11 11s-11-4-11-11Z" />
          <path fill="var(--color-fur-pale)" d="M51 83c0-6 5-10 11-10s11 4 11 10c-4-3-7-3-11-1-4-2-7-2-11 1Z" />
          <path fill="var(--color-fur)" d="M44 80c4-2 9 0 9 4 0 3-5 4-8 3M80 80c-4-2-9 0-9 4 0 3 5 4 8 3" />
        </>
      ) : (
        <path fill="var(--color-fur)" d="M48 79c4-1 8 1 8 5 0 3-5 4-8 2M76 79c-4-1-8 1-8 5 0 3 5 4 8 2" />
      )}
      <path fill="var(--color-fur-deep)" d="M46 95c0-4 10-4 11 0M67 95c1-4 11-4 11 0" />
    </g>
  );
}

/** The dormouse: curled up while nothing happens, awake when files come, with a hazelnut when it carries them. */
export function Dormouse({ mood, className, title }: { mood: DormouseMood; className?: string; title?: string }) {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it is hidden from screen readers unless it is given a label
    <svg
      viewBox="0 0 128 102"
      className={classNames("h-auto overflow-visible", className)}
      {...(title ? { role: "img", "aria-label": title } : { "aria-hidden": true })}
    >
      {mood === "asleep" ? <Asleep /> : <Awake carrying={mood === "carrying"} />}
    </svg>
  );
}
