import { useState } from "react";
import type { Overview } from "../../api/records.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { Section } from "../../elements/section.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import { HeadlineChart } from "./headline-chart.tsx";
import style from "./overview.module.css";

/** The series that stand for the host, as small live charts. */
export function Headlines({ overview }: { overview: Overview }) {
  const { t } = useLanguage();
  const [openedMs] = useState(() => Date.now());
  if (overview.headline.length === 0) {
    return <EmptyState title={t("headline.none")} hint={t("headline.none.hint")} />;
  }
  return (
    <Section title={t("headline.title", { host: overview.host })} hint={t("headline.hint")}>
      <div className={style.headlines}>
        {overview.headline.map(headline => (
          <HeadlineChart key={headline.series} headline={headline} openedMs={openedMs} />
        ))}
      </div>
    </Section>
  );
}
