/** What the bucket of uploads allows browsers to do, and when it gives up: the same on AWS and in the local cloud. */
export const uploadRules = {
  cors: {
    methods: ["GET", "HEAD", "PUT"],
    // What the upload engine sends, and no more.
    headers: ["content-type", "if-none-match", "range", "x-amz-checksum-crc64nvme"],
    expose: ["ETag", "x-amz-checksum-crc64nvme"],
    maxAgeSeconds: 86_400,
  },
  /** From an upload's beginning, as S3 counts; the application aborts a week after the last activity. */
  abortIncompleteAfterDays: 14,
};

/** What the bucket of renditions allows browsers to do. */
export const derivedRules = {
  cors: {
    methods: ["GET", "HEAD"],
    headers: ["range"],
    expose: ["ETag", "content-length", "content-range"],
    maxAgeSeconds: 86_400,
  },
};
