/** Of names in an archive: UTF-8 where they are, otherwise in the code page that makes the likeliest words of all of them. */

import { cp437 } from "./cp437.ts";

const USUAL_BYTES = 1024;
const MAX_NAME_BYTES = 4096;

/** As UTF-8, or undefined where it is none. */
export const asUtf8 = (raw: Uint8Array): string | undefined => utf8(raw);

/** Names of one archive that are not in UTF-8: they were written on one machine, so that they share a code page. */
export function decodeNames(raws: readonly Uint8Array[]): string[] {
  if (raws.length === 0) return [];
  const sample = sampleOf(raws);
  let best: { page: Page; score: number } | undefined;
  for (const page of PAGES) {
    const score = scoreOf(page, sample);
    if (score !== undefined && score > (best?.score ?? Number.NEGATIVE_INFINITY)) best = { page, score };
  }
  const { read } = best?.page ?? LAST;
  return raws.map((raw) => read(raw) ?? cp437(raw));
}

/** A hundred tell as much as all. One that was cut may end within a character, and speaks only where no other does. */
function sampleOf(raws: readonly Uint8Array[]): readonly Uint8Array[] {
  const usual = raws.filter(({ length }) => length <= USUAL_BYTES).slice(0, 100);
  return usual.length > 0 ? usual : raws.slice(0, 1).map((raw) => raw.subarray(0, USUAL_BYTES));
}

/** As much of a name as is ever shown. In UTF-8 it ends with a whole character. */
export function cutName(raw: Uint8Array): Uint8Array {
  let end = Math.min(raw.length, MAX_NAME_BYTES);
  while (end > 0 && end < raw.length && ((raw[end] ?? 0) & 0xc0) === 0x80) end--;
  return raw.subarray(0, end);
}

type Page = {
  /** Undefined where the bytes are none of its. */
  read(raw: Uint8Array): string | undefined;
  /** Points of the character of one or two bytes: 1 is typical, 0 says nothing, -1 is never in a name. */
  rate(bytes: Uint8Array, at: number, text: string): number;
  double: boolean;
};

function decoder(label: string): Page["read"] {
  const text = new TextDecoder(label, { fatal: true });
  return (raw) => {
    try {
      return text.decode(raw);
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  };
}

const utf8 = decoder("utf-8");

const within = (value: number, from: number, to: number): boolean => value >= from && value <= to;
const isLatin = (byte: number | undefined): boolean =>
  byte !== undefined && (within(byte, 0x41, 0x5a) || within(byte, 0x61, 0x7a));

/** Of the most frequent characters in names and titles; they tell apart pages that have the same bytes. */
const CHINESE = new Set(
  "的一是在不有和人这中大为上个国我以要时来用生到作地于出就分对成会可主发年动同工也能下过子说产种面方后多定行学法所民得经十三之进等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本性好应开合还因由其前外天政四日社义事平形相全表间关各重新线内数正心明看原利质气第向道变条结解问意建月公无系情最立代通并提直题程展五果料员位入常文总次品式活设及管特件长求基资流路级图山统接知组见计别手期论运农指九区强西做先回任取处南色光门保治北造百规领七海口东导器世金思术交受认六共权收证改清美采转更单风打白教花安场身车例真务具目达示议声报完类八华名科张信马节话空元今集传土步广石记需研界林观装影算低音书布复容商非验技备办青省习约史感团市号选标写存候亲效院查江型王按格易置层片始专状育厂京识调局照参红引价首底官德推告资档案附录简历合同发票照片视频音乐文件新建夹压缩说明申请表格清单财务项目计划总结会议纪要通知材料目录测试报价",
);
const KOREAN = new Set(
  "가각간감강개거건것게견결경계고곡공과관광교구국군권규그근글금급기길김나남내년노뉴는니다단달담당대도독동두드등디라래력련령로록료루류르리림립마만말망매면명모목무문물미민바박반발방배법변별보복본부북분비사산상새생서석선설성세소속손송수순술스승시식신실심아안알양어업여역연영예오온완외요용우운원월위유육은음의이인일임입자작장재저적전점정제조종주준중지직진집차참창책처천철청체초총최추출치친카코크타태테토통트특파판편평포표품프피필하학한함합해행향험현협형호홍화확환회획후휴".split(
    "",
  ),
);

const LAST: Page = { read: cp437, rate: () => 0, double: false };

/** A letter beside Latin letters is as good as a Latin one; several in a row are a script of their own. */
function rateAccented(bytes: Uint8Array, at: number): number {
  const before = bytes[at - 1] ?? 0x20;
  const after = bytes[at + 1] ?? 0x20;
  const crowd = [bytes[at - 2], before, after, bytes[at + 2]].filter((byte) => (byte ?? 0) >= 0x80).length;
  if (crowd >= 2) return 0.1;
  return isLatin(before) || isLatin(after) ? 0.85 : 0.4;
}

/** Cyrillic words have no Latin letters in them, and no capitals after small ones. */
function rateCyrillic(text: string, before: string, after: string): number {
  if (!/[\u0400-\u045f№]/.test(text)) return -1;
  if (/[a-z]/i.test(before) || /[a-z]/i.test(after)) return -0.5;
  const upper = /[\u0400-\u042f]/;
  if (!upper.test(text)) return 0.9;
  if (/[\u0430-\u045f]/.test(before)) return -0.5;
  return upper.test(before) ? 0.5 : 0.8;
}

const cyrillic = (label: string): Page => {
  const read = decoder(label);
  const one = (byte: number | undefined) => (byte === undefined ? "" : (read(Uint8Array.of(byte)) ?? ""));
  return { read, double: false, rate: (bytes, at, text) => rateCyrillic(text, one(bytes[at - 1]), one(bytes[at + 1])) };
};

/** In the order in which they are believed when they are equally likely. */
const PAGES: Page[] = [
  {
    ...LAST,
    rate(bytes, at, text) {
      if (/[äöüÄÖÜßéèêëàáâåçñóòôíìîïúùûæÆÅÉÑÇ]/.test(text)) return rateAccented(bytes, at);
      return /[ªº¿¡«»°·ÿ]/.test(text) ? 0.1 : -0.9;
    },
  },
  {
    read: decoder("shift_jis"),
    double: true,
    rate(bytes, at, text) {
      if (/[\u3040-\u30ff]/.test(text)) return 1;
      const lead = bytes[at] ?? 0;
      if (/[\uff61-\uff9f]/.test(text)) return 0.2;
      if (within(lead, 0x88, 0x97)) return 0.8;
      return lead === 0x81 || lead === 0x82 ? 0.3 : within(lead, 0x98, 0xea) ? 0.1 : -0.5;
    },
  },
  {
    read: decoder("gbk"),
    double: true,
    rate(bytes, at, text) {
      if (CHINESE.has(text)) return 1;
      const [lead = 0, trail = 0] = bytes.subarray(at, at + 2);
      if (trail < 0xa1) return -0.4;
      return within(lead, 0xb0, 0xd7) ? 0.6 : within(lead, 0xd8, 0xf7) ? 0.1 : lead < 0xa4 ? 0.3 : -0.4;
    },
  },
  {
    read: decoder("euc-kr"),
    double: true,
    rate(bytes, at, text) {
      if (KOREAN.has(text)) return 1;
      const [lead = 0, trail = 0] = bytes.subarray(at, at + 2);
      if (trail < 0xa1) return -0.4;
      return within(lead, 0xb0, 0xc8) ? 0.5 : lead === 0xa1 ? 0.3 : -0.2;
    },
  },
  {
    read: decoder("big5"),
    double: true,
    rate: (bytes, at) => (within(bytes[at] ?? 0, 0xa4, 0xc6) ? 0.55 : within(bytes[at] ?? 0, 0xa1, 0xa3) ? 0.2 : -0.2),
  },
  cyrillic("ibm866"),
  cyrillic("windows-1251"),
  {
    read: decoder("windows-1252"),
    double: false,
    rate(bytes, at, text) {
      if (/[À-ÖØ-öø-ÿŠšŽžŒœŸ]/.test(text)) return rateAccented(bytes, at);
      return /[–—‘’“”…€©®°«»ªº·´§¿¡]/.test(text) ? 0.3 : -0.9;
    },
  },
];

/** Points for each byte outside of ASCII; undefined where a name is not of this page. */
function scoreOf(page: Page, raws: readonly Uint8Array[]): number | undefined {
  let points = 0;
  let count = 0;
  for (const raw of raws) {
    if (page.read(raw) === undefined) return undefined;
    for (let at = 0; at < raw.length; at++) {
      if ((raw[at] ?? 0) < 0x80) continue;
      const wide = page.double ? page.read(raw.subarray(at, at + 2)) : undefined;
      const length = wide?.length === 1 ? 2 : 1;
      const text = page.read(raw.subarray(at, at + length)) ?? "";
      points += page.rate(raw, at, text) * length;
      count += length;
      at += length - 1;
    }
  }
  return count === 0 ? 0 : points / count;
}
