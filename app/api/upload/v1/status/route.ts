import { getUploadStatus } from "#lib/uploads/get-upload-status.ts";
import { StatusInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolGet } from "#lib/web/protocol-route.ts";

export const GET = protocolGet(StatusInput, getUploadStatus);
