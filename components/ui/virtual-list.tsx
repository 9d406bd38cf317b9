"use client";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { classNames } from "./class-names.ts";

export type VirtualListProps = {
  count: number;
  /** A name that is read aloud. */
  label: string;
  /** What a row is likely to be high, in pixels; each is measured once it is drawn. */
  rowHeight: number;
  row: (index: number) => ReactNode;
  /** Says which row is which when rows come and go; by default its index. */
  keyOf?: (index: number) => string | number;
  /** Of the box that scrolls, with its height. */
  className?: string;
};

/** A list of any length of which only what is in view is drawn, and the row that has the focus. */
export function VirtualList({ count, label, rowHeight, row, keyOf, className }: VirtualListProps) {
  const box = useRef<HTMLElement>(null);
  const [focused, setFocused] = useState<number>();
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    ...(keyOf ? { getItemKey: keyOf } : {}),
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const indexes = defaultRangeExtractor(range);
        if (focused === undefined || focused >= range.count || indexes.includes(focused)) return indexes;
        return [...indexes, focused].sort((a, b) => a - b);
      },
      [focused],
    ),
  });
  return (
    <section
      ref={box}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
      tabIndex={0}
      className={classNames("relative overflow-y-auto overscroll-contain", className)}
    >
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            aria-setsize={count}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${start}px)` }}
            onFocus={() => setFocused(index)}
            onBlur={() => setFocused(undefined)}
          >
            {row(index)}
          </li>
        ))}
      </ul>
    </section>
  );
}
