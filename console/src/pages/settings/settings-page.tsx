import { Page } from "../../elements/page.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import { usePrincipal } from "../../session/session-query.ts";
import { Appearance } from "./appearance.tsx";
import style from "./settings.module.css";
import { Tokens } from "./tokens.tsx";
import { Users } from "./users.tsx";

/** How the console looks, the API's tokens and, for admins, who can sign in. */
export function SettingsPage() {
  const { t } = useLanguage();
  const principal = usePrincipal();
  return (
    <Page title={t("nav.settings")}>
      <div className={style.settings}>
        <Appearance />
        <Tokens />
        {principal?.role === "admin" && <Users me={principal.name} />}
      </div>
    </Page>
  );
}
