import { settings } from "./settings.ts";
import { uploadRules } from "./upload-rules.ts";

/** Objects are encrypted with keys of S3's own, which cost nothing and are used by nobody else. */
export const encrypt = (name: string, bucket: sst.aws.Bucket) =>
  new aws.s3.BucketServerSideEncryptionConfiguration(name, {
    bucket: bucket.name,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });

/** Every byte of every file. Private; browsers get in by presigned URLs alone, and only over TLS. */
export const Uploads = new sst.aws.Bucket("Uploads", {
  // Set in web.ts, where the site's own origin is known.
  cors: false,
});

encrypt("UploadsEncryption", Uploads);

new aws.s3.BucketLifecycleConfiguration("UploadsLifecycle", {
  bucket: Uploads.name,
  rules: [
    {
      id: "abort-unfinished",
      status: "Enabled",
      filter: {},
      abortIncompleteMultipartUpload: { daysAfterInitiation: uploadRules.abortIncompleteAfterDays },
    },
    { id: "forget", status: "Enabled", filter: {}, expiration: { days: settings.maxRetentionDays } },
  ],
});
