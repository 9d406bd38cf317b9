/** The buckets that exist on AWS as well, all of them private. */
import { derivedRules, policyDocument, uploadRules } from "../../declaration.ts";
import { DERIVED_BUCKET, type Environment, SIGNATURES_BUCKET, UPLOADS_BUCKET } from "../../environment.ts";
import type { BucketDeclaration } from "./server.ts";

export function declaredBuckets({ port }: Environment): BucketDeclaration[] {
  const cors = (rules: typeof uploadRules.cors): BucketDeclaration["cors"][number] => ({
    allowedOrigins: [`http://localhost:${port}`, `http://127.0.0.1:${port}`],
    allowedMethods: rules.methods,
    allowedHeaders: rules.headers,
    exposeHeaders: rules.expose,
    maxAgeSeconds: rules.maxAgeSeconds,
  });
  return [
    {
      name: UPLOADS_BUCKET,
      cors: [cors(uploadRules.cors)],
      abortIncompleteMultipartAfterDays: uploadRules.abortIncompleteAfterDays,
      policy: policyDocument(UPLOADS_BUCKET),
    },
    { name: DERIVED_BUCKET, cors: [cors(derivedRules.cors)], policy: policyDocument(DERIVED_BUCKET) },
    { name: SIGNATURES_BUCKET, cors: [] },
  ];
}
