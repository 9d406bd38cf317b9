import { classNames } from "./class-names.ts";

/** The sleeping curl, small enough for a header: a ball, an ear, an eye and the tail around it. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={classNames("size-7", className)}>
      <path
        fill="var(--color-fur)"
        d="M3.5 19.5C3.5 12 9.5 6.5 17 6.5S29 12 29 18.6c0 5.4-4.6 8-12.2 8-8 0-13.3-2-13.3-7.1Z"
      />
      <path fill="var(--color-fur-deep)" d="M6.6 13.6c-2-2.6-.9-5.7 1.8-5.7 2.8 0 4.3 2.8 2.9 5.4Z" />
      <path fill="var(--color-fur-pale)" d="M6 24c.8-3.4 5-5.1 9-4.8 3.6.3 6.2 2.2 6.8 4.6-5.5 2.9-12.3 2.8-15.8.2Z" />
      <path
        fill="var(--color-fur-deep)"
        d="M28.9 17.4c2 5-1.2 8.9-8.3 9.3-5 .4-9.6-.1-12.6-2-1.5-1.2-.6-3.3 1.3-2.7 4 1.4 8.9 1.4 12.2-.3 2.5-1.3 3.7-3 4.2-4.9"
      />
      <path
        fill="none"
        stroke="var(--color-fur-line)"
        strokeWidth="1.5"
        strokeLinecap="round"
        d="M7.6 17.3c.9 1.2 2.7 1.2 3.6 0"
      />
    </svg>
  );
}

export function Wordmark({ size = "md" }: { size?: "sm" | "md" }) {
  return (
    <span className="inline-flex items-center gap-2">
      <LogoMark className={size === "sm" ? "size-5" : "size-7"} />
      <span
        className={classNames("font-semibold tracking-tight text-ink", size === "sm" ? "text-sm" : "text-[1.0625rem]")}
      >
        Dormouse
      </span>
    </span>
  );
}
