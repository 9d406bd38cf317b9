export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = "theme";

/** The canvas of each theme, for the browser's own frame. */
export const THEME_COLORS = { light: "#f6f3ec", dark: "#0b1122" } as const;

/** Reads the cookie's value; anything unknown means the system's choice. */
export const parseTheme = (value: string | undefined): Theme => THEMES.find((theme) => theme === value) ?? "system";
