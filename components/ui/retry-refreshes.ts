/** What it needs of a window; tests bring their own. */
export type RefreshScope = Pick<
  Window & typeof globalThis,
  "fetch" | "location" | "setTimeout" | "addEventListener" | "removeEventListener"
>;

const FIRST_MS = 1000;
const MAX_MS = 5000;

/**
 * The framework takes a refresh that fails for a reason to load the whole page anew: in the middle of a click on a link,
 * for which Firefox ends all requests of the page, that wins over the click; while the network is away it loses the page.
 * From here on a refresh that fails is asked for again, quietly, until the page is left. Answers how to undo it.
 */
export function retryRefreshes(scope: RefreshScope): () => void {
  const { fetch } = scope;
  scope.fetch = async (input, init) => {
    for (let pause = FIRST_MS; ; pause = Math.min(2 * pause, MAX_MS)) {
      try {
        return await fetch.call(scope, input, init);
      } catch (error) {
        if (init?.signal?.aborted || !isRefresh(scope, input, init)) throw error;
        await waited(scope, pause);
      }
    }
  };
  return () => {
    scope.fetch = fetch;
  };
}

/** Whether the framework asks for the content of the page that is shown. */
function isRefresh({ location }: RefreshScope, input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  if (!new Headers(init?.headers).has("rsc") || input instanceof Request) return false;
  if (init?.method !== undefined && init.method !== "GET") return false;
  const { origin, pathname } = new URL(input, location.href);
  return origin === location.origin && pathname === location.pathname;
}

const waited = (scope: RefreshScope, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      scope.removeEventListener("online", go);
      resolve();
    };
    scope.addEventListener("online", go);
    scope.setTimeout(go, ms);
  });
