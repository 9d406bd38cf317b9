/** No rendition can be made of this video; the message is one sentence for people. */
export class VideoRefused extends Error {
  override readonly name = "VideoRefused";
}

/** The video's bytes could not be read, which is not the video's fault. */
export class VideoUnreachable extends Error {
  override readonly name = "VideoUnreachable";
}
