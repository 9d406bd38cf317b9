import type { XmlHandlers } from "./xml-text.ts";

/** Hands on what no element hides: `isHidden` is asked at each start, and all within such an element is left out. */
export function visibleOnly(
  handlers: XmlHandlers,
  isHidden: (name: string, attributes: Record<string, string>) => boolean,
): XmlHandlers {
  let hidden = 0;
  return {
    open(name, attributes) {
      if (hidden > 0 || isHidden(name, attributes)) hidden++;
      else handlers.open?.(name, attributes);
    },
    close(name) {
      if (hidden > 0) hidden--;
      else handlers.close?.(name);
    },
    text(text) {
      if (hidden === 0) handlers.text?.(text);
    },
  };
}

/** Of alternatives (ECMA-376, part 3) the first, so that what is there for old readers too is not read twice. */
export function firstAlternative(handlers: XmlHandlers): XmlHandlers {
  const taken: boolean[] = [];
  const inner: XmlHandlers = {
    ...handlers,
    open(name, attributes) {
      if (name === "AlternateContent") taken.push(false);
      else handlers.open?.(name, attributes);
    },
    close(name) {
      if (name === "AlternateContent") taken.pop();
      else handlers.close?.(name);
    },
  };
  return visibleOnly(inner, (name) => {
    if ((name !== "Choice" && name !== "Fallback") || taken.length === 0) return false;
    const again = taken.at(-1) ?? false;
    taken[taken.length - 1] = true;
    return again;
  });
}

/** An attribute by its name without prefix. */
export function attribute(attributes: Record<string, string>, name: string): string | undefined {
  if (attributes[name] !== undefined) return attributes[name];
  return Object.entries(attributes).find(([key]) => key.endsWith(`:${name}`))?.[1];
}

/** A switch as Office writes it: there is on, unless it says off. */
export const isOn = (value: string | undefined): boolean => !/^(0|false|off)$/.test(value ?? "");
