/**
 * Sets a cookie that this page's own server reads, under the name that `cookieName` of the kernel gives it; with 0
 * seconds it takes it away.
 */
export function keepCookie(name: string, value: string, seconds: number): void {
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store
  document.cookie = `${prefix}${name}=${value}; path=/; samesite=lax; max-age=${seconds}${secure}`;
}
