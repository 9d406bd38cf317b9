import { findLinks } from "./find-links.ts";

/** The sender's words, with their line breaks; links in them open beside the page, which tells nobody where it is. */
export function MessageText({ text }: { text: string }) {
  return (
    <p
      dir="auto"
      className="whitespace-pre-wrap rounded-card border border-line bg-surface p-4 [overflow-wrap:anywhere]"
    >
      {findLinks(text).map(({ text: words, href, goesTo }, index) =>
        href === undefined ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
          <span key={index}>{words}</span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
          <span key={index}>
            <a
              dir="ltr"
              href={href}
              target="_blank"
              rel="noopener noreferrer nofollow ugc"
              className="font-medium text-hazel underline underline-offset-2"
            >
              {words}
            </a>
            {goesTo ? (
              <bdi dir="ltr" className="text-soft">
                {` (${goesTo})`}
              </bdi>
            ) : null}
          </span>
        ),
      )}
    </p>
  );
}
