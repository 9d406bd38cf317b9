"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { IconButton } from "./icon-button.tsx";
import { useBackCloses } from "./use-back-closes.ts";

export const BACKDROP =
  "fixed inset-0 min-h-dvh bg-[light-dark(rgb(24_33_59/0.35),rgb(3_5_12/0.65))] backdrop-blur-[2px] transition-opacity duration-200 " +
  "data-[ending-style]:opacity-0 data-[starting-style]:opacity-0";

/** It scrolls inside itself, from the smallest window on; near the middle of a high one. */
export const POPUP =
  "fixed inset-x-3 bottom-3 mx-auto max-h-[calc(100dvh-1.5rem)] max-w-md overflow-auto overscroll-contain rounded-card border border-line " +
  "bg-raised p-5 text-ink shadow-float outline-none transition-[opacity,transform] duration-200 ease-calm " +
  "[--dialog-top:clamp(0.75rem,50dvh-18rem,20dvh)] sm:top-[var(--dialog-top)] sm:bottom-auto sm:max-h-[calc(100dvh-var(--dialog-top)-0.75rem)] " +
  "data-[ending-style]:translate-y-2 data-[ending-style]:opacity-0 data-[starting-style]:translate-y-2 data-[starting-style]:opacity-0";

/** What stays in sight while the rest of a dialog scrolls; not in windows so low that nothing else would be seen. */
const STAYS = "-mx-5 z-1 bg-raised px-5 [@media(min-height:18rem)]:sticky";

/** The buttons at a dialog's end, always within reach. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className={classNames(STAYS, "-bottom-5 -mb-5 flex flex-wrap justify-end gap-2 pt-4 pb-5")}>{children}</div>
  );
}

export type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
};

/** A dialog over the page: focus stays inside, Escape and the cross close it. */
export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  useBackCloses(open, () => onOpenChange(false));
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup className={POPUP}>
          <div className={classNames(STAYS, "-top-5 -mt-5 flex items-start justify-between gap-4 pt-5 pb-1")}>
            <Base.Title className="pt-1 text-lg font-semibold leading-snug">{title}</Base.Title>
            <Base.Close render={<IconButton label="Close" icon={<X aria-hidden />} size="sm" className="-mr-1.5" />} />
          </div>
          {description ? <Base.Description className="mt-1 text-soft">{description}</Base.Description> : null}
          <div className="mt-3">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
