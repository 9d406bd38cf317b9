/** Messages on disk, one file each, so that none is lost when the cloud is stopped or killed. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Message } from "./message.ts";

/** The oldest are deleted beyond this number. */
const KEPT = 500;
const FILE = /^\d{13}-[\w-]+\.json$/;

export type MessageStore = {
  add(message: Message): void;
  /** Latest first. */
  list(): Message[];
  find(id: string): Message | undefined;
  clear(): void;
};

export function openMessages(dir: string): MessageStore {
  const names = (): string[] => {
    mkdirSync(dir, { recursive: true });
    return readdirSync(dir)
      .filter((name) => FILE.test(name))
      .sort()
      .reverse();
  };
  const read = (name: string): Message => JSON.parse(readFileSync(join(dir, name), "utf8")) as Message;
  const remove = (some: string[]): void => {
    for (const name of some) rmSync(join(dir, name), { force: true });
  };
  return {
    add(message) {
      remove(names().slice(KEPT - 1));
      const file = join(dir, `${Date.parse(message.at)}-${message.id}.json`);
      writeFileSync(`${file}.draft`, JSON.stringify(message), { mode: 0o600 });
      renameSync(`${file}.draft`, file);
    },
    list: () => names().map(read),
    find(id) {
      const name = names().find((one) => one.endsWith(`-${id}.json`));
      return name === undefined ? undefined : read(name);
    },
    clear: () => remove(names()),
  };
}
