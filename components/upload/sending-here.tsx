"use client";
import type { ReactNode } from "react";
import { SendingPanel, type SendingPanelProps } from "./sending-panel.tsx";
import { useSendings } from "./use-uploads.ts";

export type SendingHereProps = SendingPanelProps & { children: ReactNode };

/** On a transfer's own page: how its sending goes when this tab is the one that sends it, else the children. */
export function SendingHere({ children, ...panel }: SendingHereProps) {
  const isHere = useSendings().some(({ id }) => id === panel.transfer.id);
  return isHere ? <SendingPanel {...panel} withoutLink /> : children;
}
