import type { Anomaly, Series } from "../api/records.ts";
import { useNow } from "../elements/use-now.ts";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./anomaly.module.css";
import { AnomalyRow } from "./anomaly-row.tsx";

interface AnomalyListProps {
  anomalies: readonly Anomaly[];
  /** The series they are all of, where they are: its name is then left out, and its unit used. */
  series?: Series;
}

/** Anomalies, one a row, each a link to the chart around it. */
export function AnomalyList({ anomalies, series }: AnomalyListProps) {
  const { t } = useLanguage();
  const now = useNow(10_000);
  return (
    <div className={style.list} data-one-series={series !== undefined}>
      <div className={style.heads} aria-hidden="true">
        <span>{series ? t("anomaly.state") : t("anomaly.series")}</span>
        <span>{t("anomaly.since")}</span>
        <span>{t("anomaly.actual")}</span>
        <span>{t("anomaly.expected")}</span>
        <span>{t("anomaly.score")}</span>
      </div>
      <ul>
        {anomalies.map(anomaly => (
          <AnomalyRow key={anomaly.id} anomaly={anomaly} series={series} nowMs={now} />
        ))}
      </ul>
    </div>
  );
}
