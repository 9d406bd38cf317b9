import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { parseTheme, THEME_COLORS, THEME_COOKIE } from "#components/ui/theme.ts";
import { readCookie } from "#lib/web/cookies.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { template: "%s · Dormouse", default: "Dormouse" },
  description: "Send and receive files of any size from your own AWS account.",
  applicationName: "Dormouse",
  manifest: "/icons/manifest.webmanifest",
  icons: {
    // The one that shows a ring while files are sent; /favicon.ico is found by programs that ask for it unnamed.
    icon: { url: "/icon.svg", type: "image/svg+xml" },
    apple: "/icons/apple-touch-icon.png",
  },
  robots: { index: false, follow: false },
  referrer: "no-referrer",
  formatDetection: { telephone: false, email: false, address: false },
};

export async function generateViewport(): Promise<Viewport> {
  const theme = parseTheme(await readCookie(THEME_COOKIE));
  return {
    width: "device-width",
    initialScale: 1,
    // A keyboard on the screen makes the page lower, so that what is fixed to its end stays above it.
    interactiveWidget: "resizes-content",
    themeColor:
      theme === "system"
        ? [
            { media: "(prefers-color-scheme: light)", color: THEME_COLORS.light },
            { media: "(prefers-color-scheme: dark)", color: THEME_COLORS.dark },
          ]
        : THEME_COLORS[theme],
  };
}

/** The theme comes from a cookie, so that the first paint is right without an inline script. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme(await readCookie(THEME_COOKIE));
  return (
    <html lang="en" className={GeistSans.variable} {...(theme === "system" ? {} : { "data-theme": theme })}>
      <body>
        <div className="page-root">{children}</div>
      </body>
    </html>
  );
}
