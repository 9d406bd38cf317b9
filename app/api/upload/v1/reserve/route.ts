import { reserveFiles } from "#lib/files/reserve-files.ts";
import { ReserveInput } from "#lib/files/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(ReserveInput, reserveFiles);
