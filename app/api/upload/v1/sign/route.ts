import { signParts } from "#lib/uploads/sign-parts.ts";
import { SignInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(SignInput, signParts);
