import { type MantineColorScheme, Tooltip, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { Icon, type IconName } from "../elements/icon.tsx";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./shell.module.css";

const NEXT: Record<MantineColorScheme, MantineColorScheme> = { auto: "light", light: "dark", dark: "auto" };
const ICONS: Record<MantineColorScheme, IconName> = { auto: "auto", light: "sun", dark: "moon" };

/** Goes round the colour schemes: as the system has it, light, dark. */
export function SchemeSwitch() {
  const { t } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = t("scheme.switch", { scheme: t(`scheme.${colorScheme}`) });
  return (
    <Tooltip label={label}>
      <UnstyledButton
        className={style.switch}
        data-testid="scheme-switch"
        data-scheme={colorScheme}
        aria-label={label}
        onClick={() => setColorScheme(NEXT[colorScheme])}
      >
        <Icon name={ICONS[colorScheme]} />
      </UnstyledButton>
    </Tooltip>
  );
}
