import { createContext, useContext } from "react";
import type { Language, Translate, TranslateCounted } from "./translate.ts";

/** The language in use and how to write in it. */
export interface LanguageInUse {
  language: Language;
  /** For `Intl`: the reader's own region where the browser tells it. */
  locale: string;
  t: Translate;
  counted: TranslateCounted;
  setLanguage: (language: Language) => void;
}

export const LanguageContext = createContext<LanguageInUse | null>(null);

/** The language in use and how to write in it. */
export function useLanguage(): LanguageInUse {
  const language = useContext(LanguageContext);
  if (!language) throw new Error("LanguageProvider is missing above this component");
  return language;
}
