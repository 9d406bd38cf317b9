"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useToast } from "#components/ui/toast.tsx";
import type { Result } from "#lib/kernel/result.ts";

export type Saving = {
  busy: boolean;
  /** What is wrong, by the field that it belongs to, or by `form`. */
  errors: Record<string, string>;
  save: (call: () => Promise<Result<unknown>>, done: string) => Promise<void>;
};

/** How a form of the settings saves: what is wrong goes to its field, what worked into a toast, and the page follows. */
export function useSaving(fields: readonly string[]): Saving {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const router = useRouter();
  const toast = useToast();

  async function save(call: () => Promise<Result<unknown>>, done: string): Promise<void> {
    setBusy(true);
    const result = await call().catch(() => undefined);
    setBusy(false);
    if (result?.ok) {
      setErrors({});
      toast({ title: done });
      router.refresh();
      return;
    }
    const { code, message, details } = result?.error ?? {
      code: "",
      message: "The server could not be reached. Nothing was saved; try again.",
    };
    const path = code === "InvalidInput" ? String(details?.path ?? "") : "";
    setErrors({ [fields.includes(path) ? path : "form"]: message });
  }
  return { busy, errors, save };
}
