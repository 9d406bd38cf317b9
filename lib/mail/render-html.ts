import {
  Body,
  Button,
  Container,
  Head,
  Heading,
  Hr,
  Html,
  Link,
  Preview,
  Section,
  Text,
} from "@react-email/components";
import { type CSSProperties, createElement as h, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { MailContent } from "./content.ts";

const SANS = "ui-sans-serif, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** What mail programs expect before a mail's HTML. */
const DOCTYPE =
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">';

/** Day is written at each element, since many programs read nothing else; night overrides it where it is understood. */
const NIGHT = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .canvas, .canvas > table > tbody > tr > td { background-color: #0b1122 !important; }
  .card { background-color: #111930 !important; border-color: #222d4a !important; }
  .ink { color: #e9ecf6 !important; }
  .soft { color: #b0bad1 !important; }
  .line { border-color: #222d4a !important; }
  .quote { background-color: #19233f !important; color: #e9ecf6 !important; }
  .link { color: #e0ac6b !important; }
  .button { background-color: #e0ac6b !important; color: #201406 !important; }
}
@media (max-width: 480px) { .card { padding: 20px !important; } }`;

const text: CSSProperties = { margin: "0 0 16px", fontSize: "15px", lineHeight: "23px", color: "#18213b" };
const small: CSSProperties = { margin: "0 0 6px", fontSize: "13px", lineHeight: "19px", color: "#465069" };
const breakable: CSSProperties = { overflowWrap: "anywhere", wordBreak: "break-word" };

/** A mail as HTML: one column, no picture and nothing that is fetched, so that reading it tells nobody anything. */
export function renderHtml(content: MailContent): string {
  const { preview, heading, paragraphs, quote, files = [], moreFiles, button, footer } = content;
  const card = [
    h(
      Heading,
      {
        key: "h",
        as: "h1",
        className: "ink",
        style: { ...text, ...breakable, fontSize: "22px", lineHeight: "29px", fontWeight: 600 },
      },
      heading,
    ),
    ...paragraphs.map((words, index) =>
      h(Text, { key: `p${index}`, className: "ink", style: { ...text, ...breakable } }, words),
    ),
    quote === undefined
      ? null
      : h(
          Section,
          {
            key: "q",
            className: "quote",
            style: {
              ...breakable,
              margin: "0 0 16px",
              padding: "12px 16px",
              borderRadius: "10px",
              backgroundColor: "#f6f3ec",
              fontSize: "15px",
              lineHeight: "23px",
              color: "#18213b",
            },
          },
          lines(quote),
        ),
    // Before the list, which may be longer than a window.
    ...(button ? buttonAndLink(button) : []),
    files.length === 0
      ? null
      : h(
          Section,
          { key: "f", style: { margin: "0 0 16px" } },
          ...files.map(fileLine),
          moreFiles ? h(Text, { key: "more", className: "soft", style: small }, moreFiles) : null,
        ),
  ];
  const mail = renderToStaticMarkup(
    h(
      Html,
      { lang: "en", dir: "ltr" },
      h(
        Head,
        null,
        h("title", null, content.subject),
        h("meta", { name: "color-scheme", content: "light dark" }),
        h("meta", { name: "supported-color-schemes", content: "light dark" }),
        h("style", null, NIGHT),
      ),
      h(Preview, null, preview),
      h(
        Body,
        {
          className: "canvas",
          style: { margin: 0, padding: "24px 12px", backgroundColor: "#f6f3ec", fontFamily: SANS },
        },
        h(
          Container,
          {
            className: "card",
            style: {
              maxWidth: "560px",
              padding: "32px",
              border: "1px solid #e0d9ca",
              borderRadius: "16px",
              backgroundColor: "#fffdf8",
            },
          },
          ...card,
          h(Hr, {
            key: "hr",
            className: "line",
            style: { margin: "24px 0 16px", border: "none", borderTop: "1px solid #e0d9ca" },
          }),
          ...footer.map((words, index) =>
            h(Text, { key: `t${index}`, className: "soft", style: { ...small, ...breakable } }, words),
          ),
        ),
      ),
    ),
  );
  return DOCTYPE + mail;
}

/** Words of a person keep their line breaks. */
const lines = (words: string): ReactNode[] =>
  words.split("\n").flatMap((line, index) => (index === 0 ? [line] : [h("br", { key: index }), line]));

const fileLine = ({ name, size }: { name: string; size: string }, index: number): ReactNode =>
  h(
    Text,
    { key: index, className: "ink", style: { ...text, ...breakable, margin: "0 0 4px" } },
    h("bdi", null, name),
    " ",
    h("span", { className: "soft", style: { color: "#465069", whiteSpace: "nowrap" } }, size),
  );

function buttonAndLink({ label, url }: { label: string; url: string }): ReactNode[] {
  const look: CSSProperties = {
    padding: "12px 22px",
    borderRadius: "10px",
    backgroundColor: "#8b5716",
    color: "#fffaf1",
    fontSize: "15px",
    fontWeight: 600,
  };
  return [
    h(
      Section,
      { key: "b", style: { margin: "8px 0 16px" } },
      h(Button, { href: url, className: "button", style: look }, label),
    ),
    h(
      Text,
      { key: "u", className: "soft", style: { ...small, ...breakable } },
      "Or open this link: ",
      h(Link, { href: url, className: "link", style: { color: "#8b5716" } }, url),
    ),
  ];
}
