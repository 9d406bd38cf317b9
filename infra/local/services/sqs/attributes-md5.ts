import { createHash } from "node:crypto";
import type { MessageAttributes } from "./queue.ts";

/** "Calculating the MD5 message digest for message attributes" in the SQS guide: lengths and values, by name. */
export function messageAttributesMd5(attributes: MessageAttributes): string {
  const hash = createHash("md5");
  const add = (value: string | Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(value));
    hash.update(length).update(value);
  };
  for (const [name, { DataType, StringValue = "", BinaryValue }] of Object.entries(attributes).sort()) {
    add(name);
    add(DataType);
    const isBinary = DataType.startsWith("Binary");
    hash.update(Buffer.from([isBinary ? 2 : 1]));
    add(isBinary ? Buffer.from(BinaryValue ?? "", "base64") : StringValue);
  }
  return hash.digest("hex");
}
