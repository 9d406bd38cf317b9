import { readSettings } from "./settings.ts";
import { signedUrlDenials, uploadRules } from "./upload-rules.ts";

/** Every byte of every file. Private; browsers get in by presigned URLs alone, and only over TLS. */
export const Uploads = bucket("Uploads", signedUrlDenials);

/** What is made of files to show them. A bucket of its own, so that its objects wake nobody. */
export const Derived = bucket("Derived", signedUrlDenials);

/** What the scanner knows viruses by; made anew every day. */
export const Signatures = bucket("Signatures");

// A backstop for what the application failed to delete.
for (const [name, { name: bucket }] of Object.entries({ Uploads, Derived, Signatures })) {
  new aws.s3.BucketLifecycleConfiguration(`${name}Lifecycle`, {
    bucket,
    rules: [
      {
        id: "abort-unfinished",
        status: "Enabled",
        filter: {},
        abortIncompleteMultipartUpload: { daysAfterInitiation: uploadRules.abortIncompleteAfterDays },
      },
      { id: "forget", status: "Enabled", filter: {}, expiration: { days: readSettings().maxRetentionDays } },
    ],
  });
}

/** `denials`: when nobody may read one of its objects, each by conditions that hold together. */
function bucket(name: string, denials: typeof signedUrlDenials = []): sst.aws.Bucket {
  const made = new sst.aws.Bucket(name, {
    policy: denials.map((conditions) => ({
      effect: "deny",
      principals: "*",
      actions: ["s3:GetObject"],
      paths: ["*"],
      conditions,
    })),
    // Set in web.ts, where the site's own origin is known.
    cors: false,
    transform: { bucket: { forceDestroy: !$app.protect } },
  });
  harden(name, made);
  return made;
}

/** Encrypted with keys of S3's own, which cost nothing and are used by nobody else; no ACL can give an object away. */
export function harden(name: string, { name: bucket }: sst.aws.Bucket): void {
  new aws.s3.BucketServerSideEncryptionConfiguration(`${name}Encryption`, {
    bucket,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });
  new aws.s3.BucketOwnershipControls(`${name}Ownership`, { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
}
