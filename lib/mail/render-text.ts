import type { MailContent } from "./content.ts";

/** A mail as plain text: what people read whose program shows no HTML, and what filters trust. */
export function renderText(content: MailContent): string {
  const { heading, paragraphs, quote, files = [], moreFiles, button, footer } = content;
  const blocks = [
    heading,
    ...paragraphs,
    quote === undefined ? "" : quote.replace(/^/gm, "> ").replace(/^> $/gm, ">"),
    button ? `${button.label}:\n${button.url}` : "",
    [...files.map(({ name, size }) => `- ${name} (${size})`), ...(moreFiles ? [`- ${moreFiles}`] : [])].join("\n"),
    `-- \n${footer.join("\n")}`,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}
