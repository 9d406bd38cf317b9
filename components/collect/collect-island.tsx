"use client";
import { FolderDown } from "lucide-react";
import { useRouter } from "next/navigation";
import { type ComponentType, type FormEvent, type MouseEvent, type ReactNode, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import type { CollectPanelProps } from "./collect-panel.tsx";

export type CollectIslandProps = {
  /** Below which files are listed, granted and downloaded: `/t/<token>/files`. */
  base: string;
  /** What a zip of all is called, without its ending. */
  title: string;
  /** Whether there is more than one file to take. */
  several: boolean;
  /** Whether downloads are counted: then a file is pressed for, by the form that stands beside it. */
  limited?: boolean;
  /** Whether it is what most people come to the page for. */
  prominent?: boolean;
  heading: ReactNode;
  children: ReactNode;
};

type Order = { Panel: ComponentType<CollectPanelProps>; ordinal: number | undefined; number: number };

/**
 * "Download all", and the links inside it to files that are too large for one connection. Nothing of the downloader is
 * loaded before the first use; where it can't be, links are followed as they are.
 */
export function CollectIsland({
  base,
  title,
  several,
  limited = false,
  prominent = false,
  heading,
  children,
}: CollectIslandProps) {
  const router = useRouter();
  const [order, setOrder] = useState<Order>();
  const [busy, setBusy] = useState(false);

  async function begin(ordinal?: number) {
    // This line keeps the panel out of the server's bundle.
    if (typeof window === "undefined") return;
    setBusy(true);
    try {
      const { CollectPanel } = await import("./collect-panel.tsx");
      setOrder((last) => ({ Panel: CollectPanel, ordinal, number: (last?.number ?? 0) + 1 }));
    } finally {
      setBusy(false);
    }
  }

  const canBegin = () => !order && "serviceWorker" in navigator && isSecureContext;

  function take(event: MouseEvent<HTMLElement>) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest("a");
    const path = link?.getAttribute("href");
    // A link elsewhere on the page, as in the viewer.
    const form = limited && path ? document.querySelector<HTMLFormElement>(`form[action="${CSS.escape(path)}"]`) : null;
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    } else if (link?.dataset.large && canBegin()) {
      event.preventDefault();
      begin(Number(link.dataset.large)).catch(() => location.assign(link.href));
    }
  }

  function press(event: FormEvent<HTMLElement>) {
    const form = event.target as HTMLFormElement;
    if (!form.dataset.large || !canBegin()) return;
    event.preventDefault();
    event.stopPropagation();
    begin(Number(form.dataset.large)).catch(() => form.submit());
  }

  function close() {
    setOrder(undefined);
    // What was taken is not to be had once more, and says so.
    if (limited) router.refresh();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link that is pressed by the keyboard is clicked
    <div onClick={take} onSubmitCapture={press} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        {heading}
        {several && !order ? (
          <Button
            variant={prominent ? "primary" : "secondary"}
            size={prominent ? "lg" : "md"}
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
          onClose={close}
        />
      ) : null}
      {children}
    </div>
  );
}
