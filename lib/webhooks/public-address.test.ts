import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress, publicLookup, requirePublicHost } from "./public-address.ts";

const PRIVATE = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "2001::1",
  "2001:db8::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "localhost",
  "",
];
const PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700:4700::1111"];

test("addresses that are not everyone's are not public, however they are written", () => {
  for (const address of PRIVATE) assert.equal(isPublicAddress(address), false, address);
  for (const address of PUBLIC) assert.equal(isPublicAddress(address), true, address);
});

test("a URL whose host is not public as it is written is refused", () => {
  const refused = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://①②⑦.0.0.1/",
    "http://0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://localhost:9001/2018-06-01/runtime/invocation/next",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://a.localhost/",
    "https://8.8.8.8@127.0.0.1/",
  ];
  for (const url of refused) assert.throws(() => requirePublicHost(new URL(url)), { code: "AddressNotPublic" }, url);
  for (const url of ["https://receiver.example/", "http://8.8.8.8:9000/", "http://[2606:4700:4700::1111]/"])
    requirePublicHost(new URL(url));
});

const lookUp = (addresses: string[], all: boolean) =>
  new Promise((resolve) => {
    const lookup = publicLookup((_name, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      ),
    );
    lookup("receiver.example", { all }, (error, found) => resolve(error ? (error as { code?: string }).code : found));
  });

test("a name is resolved to its addresses if all of them are public", async () => {
  assert.deepEqual(await lookUp(["8.8.8.8", "1.1.1.1"], true), [
    { address: "8.8.8.8", family: 4 },
    { address: "1.1.1.1", family: 4 },
  ]);
  assert.equal(await lookUp(["8.8.8.8", "1.1.1.1"], false), "8.8.8.8");
  for (const all of [true, false])
    for (const address of PRIVATE.slice(0, -2))
      assert.equal(await lookUp(["8.8.8.8", address], all), "AddressNotPublic", address);
});
