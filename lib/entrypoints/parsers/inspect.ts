/**
 * The inspector, which opens strangers' files. Its role has no rights, and its network reaches only the bucket of
 * uploads.
 */
import { inspect } from "#lib/inspection/inspect.ts";
import { type DetectAnswer, InspectRequest, type PreviewAnswer } from "#lib/inspection/inspector.schema.ts";

export const handler = (event: unknown): Promise<DetectAnswer | PreviewAnswer> => inspect(InspectRequest.parse(event));
