/** Text as it is gathered, until there is as much as will be shown. */
export class TextSink {
  readonly #limit: number;
  #parts: string[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    if (this.full) return;
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** Counted in UTF-16 units, of which each has one byte or more in UTF-8. */
  get full(): boolean {
    return this.#length >= this.#limit;
  }

  /** Without blanks at the end of lines, without empty lines around it, and with one at most within. */
  get text(): string {
    const lines: string[] = [];
    for (const line of this.#parts.join("").split("\n")) {
      const end = line.trimEnd();
      if (end !== "" || (lines.length > 0 && lines.at(-1) !== "")) lines.push(end);
    }
    if (lines.at(-1) === "") lines.pop();
    return lines.join("\n");
  }
}
