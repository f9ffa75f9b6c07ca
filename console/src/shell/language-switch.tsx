import { UnstyledButton } from "@mantine/core";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./shell.module.css";

const NAMES = { en: "English", ko: "한국어" } as const;

/** Changes to the other language. Its label is in that language, for who cannot read this one. */
export function LanguageSwitch() {
  const { language, setLanguage } = useLanguage();
  const other = language === "en" ? "ko" : "en";
  return (
    <UnstyledButton
      className={style.switch}
      data-testid="language-switch"
      lang={other}
      onClick={() => setLanguage(other)}
    >
      {NAMES[other]}
    </UnstyledButton>
  );
}
