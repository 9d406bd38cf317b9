/** Removes secrets from a line for a log: tokens in paths of links, signatures and tokens of signed URLs. */
export function redact(line: string): string {
  return line
    .replaceAll(/(\/(?:t|r|welcome)\/)[^\s/?#"'`<>)\]}]+/g, "$1…")
    .replaceAll(/((?:X-Amz-(?:Signature|Security-Token|Credential))=)[^\s&"'`<>)\]}]+/gi, "$1…");
}
