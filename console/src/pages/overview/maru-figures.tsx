import type { Overview } from "../../api/records.ts";
import { Figure, Figures } from "../../elements/figure.tsx";
import { Section } from "../../elements/section.tsx";
import { useNow } from "../../elements/use-now.ts";
import { formatInteger, formatShort } from "../../format/number.ts";
import { formatSpan } from "../../format/time.ts";
import { useLanguage } from "../../i18n/language-context.ts";

/** How Maru itself is. */
export function MaruFigures({ overview }: { overview: Overview }) {
  const { t, counted, locale } = useLanguage();
  const now = useNow(30_000);
  return (
    <Section title={t("maru.title")}>
      <Figures>
        <Figure
          name={t("maru.series")}
          value={formatInteger(overview.series, locale)}
          remark={overview.warming > 0 ? counted("maru.warming", overview.warming) : t("maru.learned")}
        />
        <Figure name={t("maru.rate")} value={`${formatShort(overview.samples_per_second, locale)}/s`} />
        <Figure name={t("maru.samples")} value={formatShort(overview.samples_total, locale)} />
        <Figure
          name={t("maru.uptime")}
          value={formatSpan(now - Date.parse(overview.started), locale)}
          remark={t("maru.version", { version: overview.version })}
        />
      </Figures>
    </Section>
  );
}
