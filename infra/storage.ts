import { readSettings } from "./settings.ts";
import { uploadRules } from "./upload-rules.ts";

/** Every byte of every file. Private; browsers get in by presigned URLs alone, and only over TLS. */
export const Uploads = new sst.aws.Bucket("Uploads", {
  // Set in web.ts, where the site's own origin is known.
  cors: false,
  transform: { bucket: { forceDestroy: !$app.protect } },
});

harden("Uploads", Uploads);

// A backstop for what the application failed to delete.
new aws.s3.BucketLifecycleConfiguration("UploadsLifecycle", {
  bucket: Uploads.name,
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

/** Encrypted with keys of S3's own, which cost nothing and are used by nobody else; no ACL can give an object away. */
export function harden(name: string, { name: bucket }: sst.aws.Bucket): void {
  new aws.s3.BucketServerSideEncryptionConfiguration(`${name}Encryption`, {
    bucket,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });
  new aws.s3.BucketOwnershipControls(`${name}Ownership`, { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
}
