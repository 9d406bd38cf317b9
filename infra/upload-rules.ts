/** What the bucket of uploads allows browsers to do, the same on AWS and in the local cloud. */
export const uploadRules = {
  cors: {
    methods: ["GET", "HEAD", "PUT"],
    headers: ["*"],
    expose: ["ETag", "x-amz-checksum-crc64nvme"],
    maxAgeSeconds: 86_400,
  },
  /** From an upload's beginning, as S3 counts; the application aborts a week after the last activity. */
  abortIncompleteAfterDays: 14,
};
