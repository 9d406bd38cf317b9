/** The owner of buckets and objects. Since November 2025 S3 names owners by their id only. */
import { xml } from "./xml.ts";

const OWNER_ID = "9fa3a4c906fe00cbbca7098adb22c2495c782bc323f457eb79b2af6346712296";

export const ownerXml: string = xml("Owner", [xml("ID", OWNER_ID)]);
export const initiatorXml: string = xml("Initiator", [xml("ID", OWNER_ID)]);
