"use client";
import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button, type ButtonSize, type ButtonVariant } from "./button.tsx";

export type CopyButtonProps = {
  /** The text, or a path such as `/t/…` that is completed with the page's origin. */
  value: string;
  label?: string;
  /** The name that is read aloud, where `label` alone would be said of many things on a page. */
  about?: string;
  variant?: ButtonVariant;
  size?: ButtonSize;
  className?: string;
};

/** The absolute address of a path on this site; other text is left alone. */
export const toAbsolute = (value: string): string =>
  value.startsWith("/") ? new URL(value, window.location.origin).href : value;

/** Copies, also where the asynchronous clipboard is refused (plain http on a local network). */
export async function copyText(text: string): Promise<boolean> {
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (copied) return true;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  (document.activeElement?.closest("dialog, [role=dialog]") ?? document.body).append(area);
  const focused = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

export function CopyButton({
  value,
  label = "Copy link",
  about,
  variant = "secondary",
  size,
  className,
}: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const copy = async () => {
    setState((await copyText(toAbsolute(value))) ? "copied" : "failed");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState("idle"), 2500);
  };
  const words = state === "copied" ? "Copied" : state === "failed" ? "Not copied" : label;
  return (
    <>
      <Button
        variant={variant}
        {...(size ? { size } : {})}
        {...(className ? { className } : {})}
        {...(about ? { "aria-label": about } : {})}
        onClick={copy}
        icon={state === "copied" ? <Check className="size-4" aria-hidden /> : <Copy className="size-4" aria-hidden />}
      >
        <span className="grid">
          <span className="invisible col-start-1 row-start-1" aria-hidden>
            {label}
          </span>
          <span className="col-start-1 row-start-1">{words}</span>
        </span>
      </Button>
      <span role="status" className="sr-only">
        {state === "idle" ? "" : state === "copied" ? "Copied." : "The browser did not allow copying."}
      </span>
    </>
  );
}
