import { useLanguage } from "../../i18n/language-context.ts";
import style from "./watch.module.css";

/** What the lines and areas of the chart mean. */
export function ChartKey({ warming }: { warming: boolean }) {
  const { t } = useLanguage();
  return (
    <div className={style.key}>
      <span data-key="value">{t("chart.value")}</span>
      <span data-key="band">{t("chart.band")}</span>
      <span data-key="expected">{t("chart.expectedLine")}</span>
      <span data-key="anomaly">{t("chart.anomaly")}</span>
      <em data-needs={warming ? undefined : "pointer"}>{t(warming ? "chart.warming" : "chart.hint")}</em>
    </div>
  );
}
