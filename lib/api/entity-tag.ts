/** Validators of answers (RFC 9110, section 8.8.3). */
import { createHash } from "node:crypto";

/** A strong validator: another body has another one. */
export const entityTag = (body: string): string =>
  `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

/** Whether `If-None-Match` names the tag, by weak comparison. */
export const isNamed = (header: string | undefined, tag: string): boolean =>
  header !== undefined && (header.trim() === "*" || tagsOf(header).includes(tag));

/** Whether `If-Match` names the tag, by strong comparison: a weak one is never the same. */
export const isMatched = (header: string, tag: string): boolean =>
  header.trim() === "*" || tagsOf(header.replaceAll(/W\/"[^"]*"/g, "")).includes(tag);

const tagsOf = (header: string): string[] => header.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
