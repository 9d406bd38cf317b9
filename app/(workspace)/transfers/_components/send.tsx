"use client";
import { useRouter } from "next/navigation";
import { useCallback } from "react";
import { Sender, type SenderProps } from "#components/upload/sender.tsx";

/** The sender on the page of transfers: the list below is read again when something was sent. */
export function Send({ createTransfer }: Pick<SenderProps, "createTransfer">) {
  const router = useRouter();
  return <Sender createTransfer={createTransfer} onChange={useCallback(() => router.refresh(), [router])} />;
}
