import type { Language } from "./translate.ts";

const KEY = "maru.language";

/** The language to begin with: the one chosen before, else the first the browser asks for that the console speaks. */
export function initialLanguage(chosen: string | null, asked: readonly string[]): Language {
  if (chosen === "en" || chosen === "ko") return chosen;
  const first = asked.map(tag => tag.toLowerCase().split("-")[0]).find(tag => tag === "en" || tag === "ko");
  return first === "ko" ? "ko" : "en";
}

/** The locale for numbers and dates: the browser's own variant of the language, where it has one. */
export function localeFor(language: Language, asked: readonly string[]): string {
  const own = asked.find(tag => tag.toLowerCase().split("-")[0] === language);
  return own ?? (language === "ko" ? "ko-KR" : "en-GB");
}

/** The language chosen before, if storage may be read. */
export function storedLanguage(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Keeps the choice for the next visit, if storage may be written. */
export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
