/** What it needs of a window. */
export type BackWindow = {
  readonly location: { readonly href: string };
  readonly history: {
    readonly state: unknown;
    pushState: (state: unknown, unused: string) => void;
    go: (by: number) => void;
  };
  /** Before the router's own listener. */
  addEventListener: (type: "popstate", listener: (event: Pick<Event, "stopImmediatePropagation">) => void) => void;
  setTimeout: (work: () => void) => unknown;
};

const depthOf = (state: unknown): number => Number((state as { dialogs?: number } | null)?.dialogs ?? 0);

/**
 * Gives each open dialog an entry of the browser's history, so that Back closes it and stays on the page. An entry whose
 * dialog was closed otherwise is taken back, so that Back never does nothing.
 */
export class BackStack {
  readonly #window: BackWindow;
  /** How each open dialog is closed; the last is on top. */
  #open: (() => void)[] = [];
  /** Entries of dialogs below the present moment, and the address they belong to. */
  #entries = 0;
  #href = "";
  #travels = false;
  #isWaiting = false;

  constructor(window: BackWindow) {
    this.#window = window;
    window.addEventListener("popstate", (event) => this.#arrive(event));
  }

  /** A dialog has opened; answers what tells that it is gone, by whatever way. */
  add(close: () => void): () => void {
    if (this.#open.length === 0 && !this.#travels && !this.#isWaiting) this.#read();
    const entry = () => close();
    this.#open.push(entry);
    this.#settleSoon();
    return () => {
      this.#open = this.#open.filter((one) => one !== entry);
      this.#settleSoon();
    };
  }

  #read(): void {
    this.#entries = depthOf(this.#window.history.state);
    this.#href = this.#window.location.href;
  }

  #arrive(event: Pick<Event, "stopImmediatePropagation">): void {
    const isOurs = this.#travels;
    this.#travels = false;
    // The page stays. The router would take it for a journey, and drop what it is reading anew.
    if (isOurs || this.#window.location.href === this.#href) event.stopImmediatePropagation();
    this.#read();
    if (!isOurs) for (const close of this.#open.splice(this.#entries).reverse()) close();
    this.#settleSoon();
  }

  /** Once what happens together has happened: an effect that runs twice, or a dialog that replaces another, moves nothing. */
  #settleSoon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#window.setTimeout(() => {
      this.#isWaiting = false;
      this.#settle();
    });
  }

  #settle(): void {
    // Another page has come by a link in the dialog: its entry is none of ours.
    if (this.#window.location.href !== this.#href) {
      this.#travels = false;
      this.#read();
    }
    if (this.#travels) return;
    for (; this.#entries < this.#open.length; this.#entries++) {
      this.#window.history.pushState({ dialogs: this.#entries + 1 }, "");
    }
    if (this.#entries > this.#open.length) {
      this.#travels = true;
      this.#window.history.go(this.#open.length - this.#entries);
    }
  }
}
