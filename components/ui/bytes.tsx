import { exactBytes, formatBytes } from "#lib/kernel/format.ts";

/** A size people read, with the exact bytes in its title. `value` in bytes. */
export function Bytes({ value, className }: { value: number; className?: string }) {
  return (
    <span
      className={className ? `tnum whitespace-nowrap ${className}` : "tnum whitespace-nowrap"}
      title={exactBytes(value)}
    >
      {formatBytes(value)}
    </span>
  );
}
