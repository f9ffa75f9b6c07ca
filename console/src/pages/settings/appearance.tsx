import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { Section } from "../../elements/section.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./settings.module.css";

/** Language and colour scheme, kept in this browser. */
export function Appearance() {
  const { t, language, setLanguage } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section title={t("appearance.title")} hint={t("appearance.hint")}>
      <div className={style.card}>
        <div className={style.choice}>
          <span>{t("appearance.language")}</span>
          <SegmentedControl
            aria-label={t("appearance.language")}
            value={language}
            onChange={setLanguage}
            data={[
              { value: "en", label: "English" },
              { value: "ko", label: "한국어" },
            ]}
          />
        </div>
        <div className={style.choice}>
          <span>{t("appearance.scheme")}</span>
          <SegmentedControl
            aria-label={t("appearance.scheme")}
            value={colorScheme}
            onChange={setColorScheme}
            data={(["auto", "light", "dark"] as const).map(value => ({ value, label: t(`scheme.${value}`) }))}
          />
        </div>
      </div>
    </Section>
  );
}
