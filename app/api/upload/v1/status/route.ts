import { getUploadStatus } from "#lib/files/get-upload-status.ts";
import { StatusInput } from "#lib/files/upload-protocol.schema.ts";
import { protocolGet } from "#lib/web/protocol-route.ts";

export const GET = protocolGet(StatusInput, getUploadStatus);
