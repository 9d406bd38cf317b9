import { createHmac } from "node:crypto";
import { resources } from "#lib/adapters/resources.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { type Amount, addBegun, restOfHour } from "./begun.store.ts";
import { TooManyDownloads } from "./download.errors.ts";

/**
 * How much of a transfer may be begun within an hour: a multiple of the whole transfer, and at least a number of files
 * and bytes. A family, or an office behind one address, stays far below; somebody who wants to cause costs does not.
 */
const ALLOWANCE = {
  address: { times: 20, files: 2_000, bytes: 1024 ** 4 },
  link: { times: 200, files: 20_000, bytes: 10 * 1024 ** 4 },
} as const;

export const mostOf = (
  whom: keyof typeof ALLOWANCE,
  { nextOrdinal, bytes }: Pick<TransferRow, "nextOrdinal" | "bytes">,
) => {
  const { times, ...least } = ALLOWANCE[whom];
  return { files: Math.max(least.files, times * nextOrdinal), bytes: Math.max(least.bytes, times * bytes) };
};

/** Call before downloads are counted. Throws TooManyDownloads when this address or this link has begun too much. */
export const requireAllowance = async (ctx: Ctx, transfer: TransferRow, files: { size: number }[]): Promise<void> => {
  if (ctx.actor.kind !== "guest" || files.length === 0) return;
  const { linkId, address } = ctx.actor;
  const at = ctx.clock.now();
  const amount: Amount = { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  const of = { workspaceId: transfer.workspaceId, transferId: transfer.id, at };
  // An address that has reached its own limit does not use up the link's.
  if (
    address &&
    !(await addBegun({ ...of, who: `address#${nameOf(address, of)}` }, amount, mostOf("address", transfer)))
  )
    throw new TooManyDownloads("from your connection", restOfHour(at));
  if (!(await addBegun({ ...of, who: `link#${linkId}` }, amount, mostOf("link", transfer))))
    throw new TooManyDownloads("through this link", restOfHour(at));
};

/** The name of an address for one hour. For IPv6 it is the network, because one household has all of its addresses. */
function nameOf(address: string, { transferId, at }: { transferId: string; at: Date }): string {
  const text = `address\n${transferId}\n${at.toISOString().slice(0, 13)}\n${networkOf(address)}`;
  return createHmac("sha256", resources.grantKeys[0]).update(text).digest().subarray(0, 16).toString("base64url");
}

export function networkOf(address: string): string {
  const [, ipv4] = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (ipv4 || !address.includes(":")) return ipv4 ?? address;
  const [head = "", tail] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const first = head === "" ? [] : head.split(":");
  const last = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => "0"), ...last];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
