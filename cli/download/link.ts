/** What is behind a link, as the scripts of its page get it: a list of the files, and grants to download them. */
import type { DownloadItem, DownloadList, GrantsOutput } from "#lib/downloads/download.schema.ts";
import { VisibleError } from "#lib/kernel/errors.ts";

/** Files in one request for grants: as many as the server takes. */
const MAX_GRANTS = 50;

type Reach = (url: string, init: RequestInit) => Promise<Response>;

export type Link = {
  /** Every file, by its ordinal. Rejects with the server's error: TransferExpired, LinkUnknown and so on. */
  list(): Promise<DownloadItem[]>;
  /** Where a file's bytes are; asked for again, it is not counted as another download. `crc64`: of the whole, in base64. */
  locate(ordinal: number): Promise<{ url: string; crc64?: string }>;
};

/** `url`: the page behind the link, `https://files.example.com/t/…`. */
export function openLink(url: URL, { reach, signal }: { reach: Reach; signal: AbortSignal }): Link {
  const base = `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  /** The grants of files that were located before. */
  const granted = new Map<number, string>();

  /** The answer of one of the link's routes; what it has is said by the schema that is named. */
  async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { accept: "application/json", "content-type": "application/json" };
    const response = await reach(`${base}/${path}`, { ...init, signal, headers });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok || body === undefined) throw refusalOf(response.status, body);
    return body as T;
  }

  const grantsOf = together(MAX_GRANTS, (ordinals: number[]) => {
    const files = ordinals.map((ordinal) => ({ ordinal, grant: granted.get(ordinal) }));
    return call<GrantsOutput>("files/grants", { method: "POST", body: JSON.stringify({ files }) });
  });

  return {
    async list() {
      const items: DownloadItem[] = [];
      let from: number | undefined = 0;
      while (from !== undefined) {
        const page: DownloadList = await call<DownloadList>(`files/entries?from=${from}`);
        items.push(...page.items);
        from = page.next;
      }
      return items;
    },
    async locate(ordinal) {
      const { origin, prefix, query, files } = await grantsOf(ordinal);
      const file = files.find((one) => one.ordinal === ordinal);
      if (!file) throw new VisibleError("FileNotFound", 404, "This file is not there.");
      if ("error" in file) throw new VisibleError(file.error.code, 409, file.error.message);
      granted.set(ordinal, file.grant);
      const located = `${origin}${prefix}${ordinal}?${query}&X-Amz-Signature=${file.signature}`;
      return { url: located, ...(file.crc64 ? { crc64: file.crc64 } : {}) };
    },
  };
}

function refusalOf(status: number, body: unknown): VisibleError {
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string } };
  if (error?.code && error.message) return new VisibleError(error.code, status, error.message);
  return new VisibleError("NotDormouse", status === 404 ? 404 : 502, "There is no transfer at this address.");
}

/** What is asked for in the same turn becomes one call, of `size` at most. */
function together<A>(size: number, call: (wanted: number[]) => Promise<A>): (one: number) => Promise<A> {
  let open: { wanted: number[]; answer: Promise<A> } | undefined;
  return (one) => {
    if (!open || open.wanted.length >= size) {
      const wanted: number[] = [];
      const begun = { wanted, answer: turnEnds().then(() => call(wanted)) };
      open = begun;
      void turnEnds().then(() => {
        if (open === begun) open = undefined;
      });
    }
    open.wanted.push(one);
    return open.answer;
  };
}

const turnEnds = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
