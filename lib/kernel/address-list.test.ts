import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddressList } from "./address-list.ts";

const read = (text: string) => {
  const { recipients, refused } = parseAddressList(text);
  assert.deepEqual(refused, [], JSON.stringify(text));
  return recipients.map(({ email, name }) => (name ? `${name}|${email}` : email));
};
const reads = (forms: [string, ...string[]][]) => {
  for (const [text, ...expected] of forms) assert.deepEqual(read(text), expected, JSON.stringify(text));
};
const ANA = "ana@example.org";
const BOB = "bob@example.org";

test("whatever separates addresses, all are read", () => {
  for (const mark of [
    ",",
    ", ",
    ";",
    "; ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "  ",
    ",\n",
    ";\r\n",
    "，",
    "；",
    "、",
    "،",
    "\u2028",
    " | ",
    "\u00a0",
  ])
    reads([[`${ANA}${mark}${BOB}`, ANA, BOB]]);
  reads([
    [`${ANA}, ${BOB};carla@example.org\ndan@example.org\r\n\n`, ANA, BOB, "carla@example.org", "dan@example.org"],
    [`${ANA};;, ,${BOB},`, ANA, BOB],
    [`- ${ANA}\n• ${BOB}`, ANA, BOB],
    [`1. ${ANA}\n2) ${BOB}`, ANA, BOB],
  ]);
});

test("names are read as mail programs write them, with their commas", () => {
  const both = ["Doe, Jane|jane.doe@example.org", "Roe, Richard|rick.roe@example.org"] as const;
  for (const mark of ["; ", ";", ", ", "\n", ";\n"])
    reads([[`Doe, Jane <jane.doe@example.org>${mark}Roe, Richard <rick.roe@example.org>`, ...both]]);
  reads([
    ["'Doe, Jane' <jane.doe@example.org>; “Roe, Richard” <rick.roe@example.org>;", ...both],
    [
      `"Lind, Ana" <${ANA}>; Bob B. <mailto:${BOB}>, <carla@example.org>`,
      `Lind, Ana|${ANA}`,
      `Bob B.|${BOB}`,
      "carla@example.org",
    ],
    [`"Lind, "A" Ana" <${ANA}>`.replaceAll('"A"', '\\"A\\"'), `Lind, "A" Ana|${ANA}`],
    [`van der Berg, Ana <${ANA}>, de Vries, Bob <${BOB}>`, `van der Berg, Ana|${ANA}`, `de Vries, Bob|${BOB}`],
    [`lind, ana <${ANA}>`, `lind, ana|${ANA}`],
    [`Lind, Ana, PhD <${ANA}>`, `Lind, Ana, PhD|${ANA}`],
    [
      `'t Hooft, Ana <${ANA}>; O'Brien, Bob <b.o'brien@example.org>`,
      `'t Hooft, Ana|${ANA}`,
      "O'Brien, Bob|b.o'brien@example.org",
    ],
    [`山田，太郎 <${ANA}>`, `山田, 太郎|${ANA}`],
    [`Jörg Müller <${ANA}>, Łukasz Żak <${BOB}>`, `Jörg Müller|${ANA}`, `Łukasz Żak|${BOB}`],
    [`Ana <${ANA}> Bob <${BOB}>`, `Ana|${ANA}`, `Bob|${BOB}`],
  ]);
});

test("comments, quotes, schemes and labels are no part of an address", () => {
  reads([
    [`'${ANA}'`, ANA],
    [`'${ANA}', "${BOB}"`, ANA, BOB],
    [`'${ANA}' <${ANA}>; "${BOB}" <${BOB}>`, ANA, BOB],
    [`${ANA} (Ana Lind)`, `Ana Lind|${ANA}`],
    [`Ana Lind (Sales, Berlin (West)) <${ANA}>, Roe, Bob (HR) <${BOB}>`, `Ana Lind|${ANA}`, `Roe, Bob|${BOB}`],
    [`Ana Lind (${ANA})`, `Ana Lind|${ANA}`],
    [`Ana Lind [mailto:${ANA}]`, `Ana Lind|${ANA}`],
    [`mailto:${ANA}?subject=One, two&cc=eve@example.org`.replace(", ", ",%20"), ANA],
    [`mailto:${ANA},${BOB}?cc=eve@example.org`, ANA, BOB],
    ["MAILTO:ana%40example.org", ANA],
    [`To: ${ANA}, Bob <${BOB}>\nCc: carla@example.org`, ANA, `Bob|${BOB}`, "carla@example.org"],
    [`Team: ${ANA}, ${BOB};`, ANA, BOB],
    [`Ana Lind\n <${ANA}>,\n Bob\n <${BOB}>`, `Ana Lind|${ANA}`, `Bob|${BOB}`],
    [`To: ${ANA},\r\n "Lind,\r\n Ana" <${BOB}>`, ANA, `Lind, Ana|${BOB}`],
    [
      `Bob <${BOB}>, =?UTF-8?Q?J=C3=B6rg?=\r\n =?UTF-8?Q?_M=C3=BCller?=\r\n <${ANA}>`,
      `Bob|${BOB}`,
      `Jörg Müller|${ANA}`,
    ],
    [`"Ana Lind <${ANA}>`, `Ana Lind|${ANA}`],
    [`Ana Lind <${ANA}`, `Ana Lind|${ANA}`],
    [`<<${ANA}>>`, ANA],
    ['"ana.lind"@example.org', "ana.lind@example.org"],
  ]);
});

test("encoded words are names in letters", () => {
  reads([
    [`=?UTF-8?Q?J=C3=B6rg_M=C3=BCller?= <${ANA}>`, `Jörg Müller|${ANA}`],
    [`=?utf-8?B?SsO2cmc=?= <${ANA}>, =?iso-8859-1?q?Bj=F6rn?= Roe <${BOB}>`, `Jörg|${ANA}`, `Björn Roe|${BOB}`],
    // A letter that is cut in two by the length of a word.
    [`=?UTF-8?Q?J=C3?= =?UTF-8?Q?=B6rg?= <${ANA}>`, `Jörg|${ANA}`],
    [`"=?UTF-8?Q?Lind=2C_Ana?=" <${ANA}>`, `Lind, Ana|${ANA}`],
    [`=?x-unknown?Q?Ana?= <${ANA}>`, `=?x-unknown?Q?Ana?=|${ANA}`],
    [`=?UTF-8?Q?Ana=0D=0ABcc:_eve?= <${ANA}>`, `Ana Bcc: eve|${ANA}`],
  ]);
});

test("rows of a spreadsheet are people with their names", () => {
  reads([
    [`Ana Lind\t${ANA}\r\nBob Roe\t${BOB}\r\n`, `Ana Lind|${ANA}`, `Bob Roe|${BOB}`],
    [`Lind, Ana\t${ANA}`, `Lind, Ana|${ANA}`],
    [`1\tAna\tLind\t${ANA}\t+49 30 1`, `Ana Lind|${ANA}`],
    [`${ANA}\tAna\n${BOB}\tBob`, `Ana|${ANA}`, `Bob|${BOB}`],
    [`Name\tE-Mail\nAna Lind\t${ANA}`, `Ana Lind|${ANA}`],
    [`Ana Lind,${ANA}\nBob,${BOB}`, `Ana Lind|${ANA}`, `Bob|${BOB}`],
    [`Ana;Lind;${ANA}\nBob;Roe;${BOB}`, `Ana Lind|${ANA}`, `Bob Roe|${BOB}`],
    [`Name,Email\nAna Lind,${ANA}\nBob,Roe,${BOB}`, `Ana Lind|${ANA}`, `Bob Roe|${BOB}`],
    [`"Lind, Ana",${ANA}`, `Lind, Ana|${ANA}`],
    [`"Lind, ""A"" Ana","${ANA}"\n"Roe, Bob","${BOB}"`, `Lind, "A" Ana|${ANA}`, `Roe, Bob|${BOB}`],
    [`"Lind, Ana <${ANA}>"\n"Roe, Bob <${BOB}>"`, `Lind, Ana|${ANA}`, `Roe, Bob|${BOB}`],
    [`${ANA}\t${BOB}`, ANA, BOB],
  ]);
});

test("what nobody sees is no part of addresses or names", () => {
  reads([
    [`\u200b${ANA}`, ANA],
    [`\u202a${ANA}\u202c; \ufeff${BOB}`, ANA, BOB],
    [`\ufeff"Lind, Ana" <${ANA}>`, `Lind, Ana|${ANA}`],
    [`\u00a0Ana\u00a0Lind\u00a0<${ANA}>`, `Ana Lind|${ANA}`],
    [`A\u00adna <ana@exam\u00adple.org>`, `Ana|${ANA}`],
    [`Ana \u{1f469}\u200d\u{1f4bb} <${ANA}>`, `Ana \u{1f469}\u200d\u{1f4bb}|${ANA}`],
  ]);
});

test("what can't be read of a list is given back with its reason, and the rest is kept", () => {
  const refusals = (text: string) => parseAddressList(text).refused.map((one) => one.text);
  assert.equal(parseAddressList(`${ANA}, not an address, <bob>`).recipients.length, 1);
  assert.deepEqual(refusals(`${ANA}, not an address, <bob>`), ["not an address", "<bob>"]);
  assert.deepEqual(refusals(`not an address, Dan of the long name <dan@example.org>`), ["not an address"]);
  assert.deepEqual(refusals(`Ana, ${BOB}`), ["Ana"], "a person without an address is not the name of the next");
  // A dot that was typed as a space would else reach somebody else.
  assert.deepEqual(refusals("ana lind@example.org"), ["ana lind@example.org"]);
  assert.deepEqual(refusals("Doe, Jane </o=Exchange/cn=jane>; bob@example.org"), ["Doe, Jane </o=Exchange/cn=jane>"]);
  assert.deepEqual(refusals("Undisclosed recipients:;"), ["Undisclosed recipients:"]);
  assert.deepEqual(refusals(""), []);
  assert.deepEqual(refusals(" ,;\n\t "), []);
});

test("hostile text is read in time that grows with its length alone", () => {
  for (const piece of [
    "(",
    "<",
    '"',
    "a,",
    "@",
    "a@b ",
    "=?",
    "=?a?q?",
    "?=\n ",
    "to:\n ",
    "'",
    "mailto:",
    "a:",
    "[@",
    "a\n",
    "\t",
  ]) {
    const began = process.cpuUsage();
    parseAddressList(piece.repeat(20_000 / piece.length));
    const { user } = process.cpuUsage(began);
    assert.ok(user < 5_000_000, `${JSON.stringify(piece)} took ${user} µs`);
  }
});
