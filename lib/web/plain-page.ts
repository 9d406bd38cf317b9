/**
 * Small pages of routes outside the app: they need no script, and contain their own style, in the colours of
 * `app/globals.css`.
 */

export type PlainPage = {
  title: string;
  sentence: string;
  /** A form that sends a POST to the same URL. */
  press?: string;
  back: { href: string; label: string };
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 0.9375rem/1.55 ui-sans-serif, system-ui, sans-serif;
  background: light-dark(#f6f3ec, #0b1122); color: light-dark(#18213b, #e9ecf6); }
main { box-sizing: border-box; width: min(100%, 30rem); padding: 2rem 1rem; text-align: center; }
h1 { margin: 0 0 0.5rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: 0 0 1.5rem; color: light-dark(#465069, #b0bad1); overflow-wrap: anywhere; }
form { margin: 0 0 1rem; }
button, a { display: inline-flex; align-items: center; justify-content: center; box-sizing: border-box; min-height: 2.75rem;
  padding: 0 1.25rem; border-radius: 0.625rem; border: 1px solid transparent; font: inherit; font-weight: 500; text-decoration: none; cursor: pointer; }
button { background: light-dark(#8b5716, #e0ac6b); color: light-dark(#fffaf1, #201406); }
a { border-color: light-dark(#e0d9ca, #222d4a); background: light-dark(#ffffff, #19233f); color: inherit; }
:focus-visible { outline: 2px solid light-dark(#8b5716, #e0ac6b); outline-offset: 2px; }
`;

export function plainPage({ title, sentence, press, back }: PlainPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} · Dormouse</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1><bdi>${escapeHtml(title)}</bdi></h1>
<p>${escapeHtml(sentence)}</p>
${press === undefined ? "" : `<form method="post"><button type="submit">${escapeHtml(press)}</button></form>\n`}<a href="${escapeHtml(back.href)}">${escapeHtml(back.label)}</a>
</main>
</body>
</html>
`;
}
