import { Link, Outlet } from "@tanstack/react-router";
import { useState } from "react";
import { Brand } from "../elements/brand.tsx";
import { Icon, type IconName } from "../elements/icon.tsx";
import { useLanguage } from "../i18n/language-context.ts";
import type { MessageKey } from "../i18n/translate.ts";
import { LiveProvider } from "../live/live-context.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { LiveMark } from "./live-mark.tsx";
import { SchemeSwitch } from "./scheme-switch.tsx";
import { SessionMenu } from "./session-menu.tsx";
import style from "./shell.module.css";
import { ShortcutHelp } from "./shortcut-help.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

const PLACES = [
  { to: "/", icon: "overview", name: "nav.overview" },
  { to: "/watch", icon: "watch", name: "nav.watch" },
  { to: "/anomalies", icon: "anomalies", name: "nav.anomalies" },
  { to: "/data", icon: "data", name: "nav.data" },
  { to: "/settings", icon: "settings", name: "nav.settings" },
] as const satisfies readonly { to: string; icon: IconName; name: MessageKey }[];

/** What stands around every page of a signed-in person: where one can go, whether it is live, and who one is. */
export function Shell() {
  const { t } = useLanguage();
  const [helpOpen, setHelpOpen] = useState(false);
  useShortcuts(() => setHelpOpen(true));
  return (
    <LiveProvider>
      <a href="#content" className={style.skip}>
        {t("nav.skip")}
      </a>
      <div className={style.shell}>
        <aside className={style.side}>
          <Link to="/" className={style.brand} aria-label={t("nav.home")}>
            <Brand />
            <span>Maru</span>
          </Link>
          <nav className={style.nav} aria-label={t("nav.label")}>
            {PLACES.map(({ to, icon, name }) => (
              <Link
                key={to}
                to={to}
                className={style.place}
                activeOptions={{ exact: to === "/", includeSearch: false }}
              >
                <Icon name={icon} />
                <span>{t(name)}</span>
              </Link>
            ))}
          </nav>
          <div className={style.foot}>
            <LiveMark />
            <div className={style.switches}>
              <LanguageSwitch />
              <SchemeSwitch />
              <SessionMenu onHelp={() => setHelpOpen(true)} />
            </div>
          </div>
        </aside>
        <main id="content" className={style.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <ShortcutHelp opened={helpOpen} onClose={() => setHelpOpen(false)} />
    </LiveProvider>
  );
}
