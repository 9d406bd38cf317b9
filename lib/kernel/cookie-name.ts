/**
 * What a cookie is called. Over TLS its name says so: browsers take `__Host-` from this very host over TLS alone, with
 * Secure and for all paths, so that no neighbouring host can set it.
 */
export const cookieName = (name: string, overTls: boolean): string => (overTls ? `__Host-${name}` : name);
