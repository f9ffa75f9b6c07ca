import { type ReactNode, useEffect, useMemo, useState } from "react";
import { initialLanguage, localeFor, storedLanguage, storeLanguage } from "./language-choice.ts";
import { LanguageContext, type LanguageInUse } from "./language-context.ts";
import { countedTranslator, type Language, translator } from "./translate.ts";

/** Gives the page its language, and tells the browser which one it is. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setChosen] = useState<Language>(() => initialLanguage(storedLanguage(), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const inUse = useMemo<LanguageInUse>(() => {
    const locale = localeFor(language, navigator.languages);
    return {
      language,
      locale,
      t: translator(language),
      counted: countedTranslator(language, locale),
      setLanguage: chosen => {
        storeLanguage(chosen);
        setChosen(chosen);
      },
    };
  }, [language]);
  return <LanguageContext value={inUse}>{children}</LanguageContext>;
}
