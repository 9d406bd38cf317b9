"use client";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { createUploadEngine, type UploadEngine } from "#lib/upload-engine/engine.ts";
import type { UploadSnapshot } from "#lib/upload-engine/snapshot.ts";
import { useSendingManners } from "./use-sending-manners.ts";

const Context = createContext<UploadEngine | undefined>(undefined);
const NOTHING: UploadSnapshot = { paused: false, transfers: [] };

/** Holds the one upload engine of the signed-in pages, so that sending goes on while a person looks around. */
export function UploadProvider({ children }: { children: ReactNode }) {
  const [engine, setEngine] = useState<UploadEngine>();
  useEffect(() => {
    const made = createUploadEngine();
    setEngine(made);
    return () => made.close();
  }, []);
  return (
    <Context value={engine}>
      {engine ? <Manners engine={engine} /> : null}
      {children}
    </Context>
  );
}

/** The engine, once the page runs in a browser. */
export const useUploadEngine = (): UploadEngine | undefined => useContext(Context);

const nothing = () => () => {};

export function useUploads(): UploadSnapshot {
  const engine = useUploadEngine();
  return useSyncExternalStore(
    engine?.subscribe ?? nothing,
    () => engine?.getSnapshot() ?? NOTHING,
    () => NOTHING,
  );
}

function Manners({ engine }: { engine: UploadEngine }) {
  const announcement = useSendingManners(useSyncExternalStore(engine.subscribe, engine.getSnapshot, () => NOTHING));
  return (
    <p className="sr-only" role="status" aria-live="polite">
      {announcement}
    </p>
  );
}
