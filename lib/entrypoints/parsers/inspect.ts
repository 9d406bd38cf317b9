/** The function that opens files of strangers. Its role has no rights, and its network ends at the bucket of uploads. */
import { inspect } from "#lib/inspection/inspect.ts";
import { type DetectAnswer, InspectRequest, type PreviewAnswer } from "#lib/inspection/inspector.schema.ts";

export const handler = (event: unknown): Promise<DetectAnswer | PreviewAnswer> => inspect(InspectRequest.parse(event));
