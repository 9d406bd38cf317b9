import { signParts } from "#lib/files/sign-parts.ts";
import { SignInput } from "#lib/files/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(SignInput, signParts);
