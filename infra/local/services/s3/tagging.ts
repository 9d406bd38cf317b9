/** The tags of an object. */
import { receiveText } from "./body.ts";
import { getRow, parse } from "./objects.ts";
import { checkTags } from "./properties.ts";
import type { Reply, S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import { childText, xml, xmlDocument } from "./xml.ts";

const MAX_XML_BYTES = 64 * 1024;

export function getTagging(storage: Storage, request: S3Request): Reply {
  const { tags } = getRow(storage, request);
  const all = Object.entries(tags).map(([name, value]) => xml("Tag", [xml("Key", name), xml("Value", value)]));
  return { status: 200, body: xmlDocument("Tagging", [xml("TagSet", all)]) };
}

export async function putTagging(storage: Storage, request: S3Request): Promise<Reply> {
  const root = parse(await receiveText(request, { maxBytes: MAX_XML_BYTES, mustHaveDigest: true }), "Tagging");
  const set = root.children.find(({ name }) => name === "TagSet")?.children ?? [];
  const tags = checkTags(set.map((tag) => [childText(tag, "Key") ?? "", childText(tag, "Value") ?? ""] as const));
  storage.index.putObject({ ...getRow(storage, request), tags });
  return { status: 200 };
}

export function deleteTagging(storage: Storage, request: S3Request): Reply {
  storage.index.putObject({ ...getRow(storage, request), tags: {} });
  return { status: 204 };
}
