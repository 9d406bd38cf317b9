"use client";
import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { IconButton } from "./icon-button.tsx";

export type ToastInput = {
  title: string;
  description?: string;
  tone?: "plain" | "bad";
  /** One thing to do about it, such as Undo. The toast closes when it is done. */
  action?: { label: string; onSelect: () => void };
  /** Milliseconds; time stands still while the pointer or the focus is on it. 5,000 unless told, 0 for never. */
  timeout?: number;
};

/** Shows toasts. Must be used under `ToastProvider`. */
export function useToast(): (input: ToastInput) => string {
  const { add, close } = Toast.useToastManager();
  return useMemo(
    () =>
      ({ title, description, tone = "plain", action, timeout }: ToastInput): string => {
        const id = add({
          title,
          type: tone,
          ...(description === undefined ? {} : { description }),
          ...(timeout === undefined ? {} : { timeout }),
          ...(action
            ? {
                actionProps: {
                  children: action.label,
                  onClick: () => {
                    action.onSelect();
                    close(id);
                  },
                },
              }
            : {}),
        });
        return id;
      },
    [add, close],
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={["down", "right"]}
      className={
        "pointer-events-auto w-full rounded-card border border-line bg-raised text-ink shadow-float transition-[opacity,transform] duration-300 ease-calm " +
        "data-[ending-style]:translate-y-3 data-[ending-style]:opacity-0 data-[starting-style]:translate-y-3 data-[starting-style]:opacity-0 " +
        "data-[limited]:hidden"
      }
    >
      <Toast.Content className="flex items-center gap-3 py-2.5 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <Toast.Title
            className={classNames("text-sm font-medium [overflow-wrap:anywhere]", toast.type === "bad" && "text-bad")}
          />
          <Toast.Description className="text-[0.8125rem] text-soft" />
        </div>
        {toast.actionProps ? (
          <Toast.Action render={<Button variant="quiet" size="sm" className="text-hazel" />} />
        ) : null}
        <Toast.Close render={<IconButton label="Dismiss" icon={<X aria-hidden />} size="sm" />} />
      </Toast.Content>
    </Toast.Root>
  ));
}

/** Holds the toasts of the signed-in pages, in a polite live region at the foot of the window. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider limit={6}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="pointer-events-none fixed inset-x-3 bottom-3 mx-auto flex max-w-sm flex-col gap-2 outline-none sm:right-5 sm:bottom-5 sm:left-auto sm:w-96">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
