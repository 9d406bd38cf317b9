import type { OpenNextConfig } from "@opennextjs/aws/types/open-next.js";

export default {
  default: { override: { wrapper: "aws-lambda-streaming", converter: "aws-apigw-v2" } },
  buildCommand: "next build",
  dangerous: { disableIncrementalCache: true, disableTagCache: true },
} satisfies OpenNextConfig;
