"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./icon-button.tsx";

export const BACKDROP =
  "fixed inset-0 min-h-dvh bg-[light-dark(rgb(24_33_59/0.35),rgb(3_5_12/0.65))] backdrop-blur-[2px] transition-opacity duration-200 " +
  "data-[ending-style]:opacity-0 data-[starting-style]:opacity-0";

export const POPUP =
  "fixed inset-x-3 bottom-3 mx-auto max-h-[calc(100dvh-1.5rem)] max-w-md overflow-auto rounded-card border border-line bg-raised p-5 " +
  "text-ink shadow-float outline-none transition-[opacity,transform] duration-200 ease-calm sm:bottom-auto sm:top-[20vh] " +
  "data-[ending-style]:translate-y-2 data-[ending-style]:opacity-0 data-[starting-style]:translate-y-2 data-[starting-style]:opacity-0";

export type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
};

/** A dialog over the page: focus stays inside, Escape and the cross close it. */
export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup className={POPUP}>
          <div className="flex items-start justify-between gap-4">
            <Base.Title className="pt-1 text-lg font-semibold leading-snug">{title}</Base.Title>
            <Base.Close render={<IconButton label="Close" icon={<X aria-hidden />} size="sm" className="-mr-1.5" />} />
          </div>
          {description ? <Base.Description className="mt-1 text-soft">{description}</Base.Description> : null}
          <div className="mt-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
