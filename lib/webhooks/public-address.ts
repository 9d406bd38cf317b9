/** Which addresses a webhook may be sent to: those that anyone on the Internet reaches, and no others. */
import { lookup as systemLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { AddressNotPublic } from "./webhook.errors.ts";

/** IANA's IPv4 special-purpose address registry, and multicast. */
const SPECIAL_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** Within 2000::/3, which is all that is given out: protocols' own, tunnels that name an IPv4 address, documentation. */
const SPECIAL_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"];

const specialV4 = blockList("ipv4", SPECIAL_V4);
const specialV6 = blockList("ipv6", SPECIAL_V6);
const unicastV6 = blockList("ipv6", ["2000::/3"]);

function blockList(family: "ipv4" | "ipv6", networks: string[]): BlockList {
  const blocked = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    blocked.addSubnet(address, Number(prefix), family);
  }
  return blocked;
}

/** Of an address, not of a name. An IPv4 address that is written as IPv6 is never public. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !specialV4.check(address, "ipv4");
  return (
    family === 6 && !address.includes("%") && unicastV6.check(address, "ipv6") && !specialV6.check(address, "ipv6")
  );
}

/** The local cloud's own setting: there a receiver is a program beside it. */
export const allowsPrivate = (): boolean => process.env["DORMOUSE_PRIVATE_WEBHOOKS"] === "allow";

/**
 * Throws AddressNotPublic for a URL whose host is not public as it is written. Of a name, only the connection can tell:
 * `publicLookup`.
 */
export function requirePublicHost(url: URL): void {
  if (allowsPrivate()) return;
  // `URL` has written decimal, octal and hexadecimal addresses as four numbers by now.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const literal = isIP(host) !== 0;
  if (literal ? !isPublicAddress(host) : /(^|\.)localhost\.?$/i.test(host)) throw new AddressNotPublic();
}

type AllLookup = (
  hostname: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: { address: string; family: number }[]) => void,
) => void;

/**
 * A `lookup` for connections: what it answers is what is connected to, so a name can't be resolved to something else in
 * between. A name that has any address that is not public is refused as a whole.
 */
export const publicLookup =
  (resolve: AllLookup = systemLookup): LookupFunction =>
  (hostname, options, done) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return done(error ?? new Error(`${hostname} has no address.`), []);
      if (!allowsPrivate() && !addresses.every(({ address }) => isPublicAddress(address)))
        return done(new AddressNotPublic(), []);
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
