"use client";
import { FolderDown } from "lucide-react";
import { type ComponentType, type MouseEvent, type ReactNode, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import type { CollectPanelProps } from "./collect-panel.tsx";

export type CollectIslandProps = {
  /** Below which files are listed, granted and downloaded: `/t/<token>/files`. */
  base: string;
  /** What a zip of all is called, without its ending. */
  title: string;
  /** Whether there is more than one file to take. */
  several: boolean;
  heading: ReactNode;
  children: ReactNode;
};

type Order = { Panel: ComponentType<CollectPanelProps>; ordinal: number | undefined; number: number };

/**
 * "Download all", and the links inside it to files that are too large for one connection. Nothing of the downloader is
 * loaded before the first use; where it can't be, links are followed as they are.
 */
export function CollectIsland({ base, title, several, heading, children }: CollectIslandProps) {
  const [order, setOrder] = useState<Order>();
  const [busy, setBusy] = useState(false);

  async function begin(ordinal?: number) {
    setBusy(true);
    try {
      const { CollectPanel } = await import("./collect-panel.tsx");
      setOrder((last) => ({ Panel: CollectPanel, ordinal, number: (last?.number ?? 0) + 1 }));
    } finally {
      setBusy(false);
    }
  }

  function take(event: MouseEvent<HTMLElement>) {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-large]");
    if (!link || order || !("serviceWorker" in navigator) || !isSecureContext) return;
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    begin(Number(link.dataset.large)).catch(() => location.assign(link.href));
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link that is pressed by the keyboard is clicked
    <div onClick={take} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        {heading}
        {several && !order ? (
          <Button
            variant="primary"
            size="lg"
            busy={busy}
            icon={<FolderDown className="size-4" aria-hidden />}
            className="needs-script max-sm:w-full"
            onClick={() => void begin()}
          >
            Download all
          </Button>
        ) : null}
      </div>
      {order ? (
        <order.Panel
          key={order.number}
          base={base}
          title={title}
          {...(order.ordinal === undefined ? {} : { ordinal: order.ordinal })}
          onClose={() => setOrder(undefined)}
        />
      ) : null}
      {children}
    </div>
  );
}
