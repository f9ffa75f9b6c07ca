import { Link } from "@tanstack/react-router";
import type { Anomaly, Series } from "../api/records.ts";
import { spanOf } from "../chart/span.ts";
import { SeriesName } from "../elements/series-name.tsx";
import { formatQuantity, formatRange } from "../format/format-quantity.ts";
import { numberFormat } from "../format/number.ts";
import { quantityOf } from "../format/quantity.ts";
import { formatAgo, formatMoment, formatMomentFull, formatSpan } from "../format/time.ts";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./anomaly.module.css";
import { viewAround } from "./view-around.ts";

interface AnomalyRowProps {
  anomaly: Anomaly;
  series: Series | undefined;
  nowMs: number;
}

/** One anomaly: what, since when, how far outside. */
export function AnomalyRow({ anomaly, series, nowMs }: AnomalyRowProps) {
  const { t, locale } = useLanguage();
  const { startMs, endMs } = spanOf(anomaly);
  const quantity = quantityOf(series ?? { name: anomaly.name });
  const open = endMs === undefined;
  const above = anomaly.direction === "above";
  return (
    <li>
      <Link
        to="/watch"
        search={viewAround(anomaly, nowMs)}
        preload={false}
        className={style.row}
        data-testid="anomaly-row"
        data-open={open}
      >
        <span className={style.what}>
          <span className={style.mark} title={t(open ? "anomaly.open" : "anomaly.closed")} />
          {series ? (
            <span>{t(open ? "anomaly.open" : "anomaly.closed")}</span>
          ) : (
            <SeriesName name={anomaly.name} labels={anomaly.labels} />
          )}
        </span>
        <span className={style.when} title={formatMomentFull(startMs, locale)}>
          {open ? formatAgo(startMs, nowMs, locale) : formatMoment(startMs, nowMs, locale)}
          <small>
            {open
              ? t("anomaly.from", { time: formatMoment(startMs, nowMs, locale) })
              : t("anomaly.lasted", { span: formatSpan(endMs - startMs, locale) })}
          </small>
        </span>
        <span className={style.actual}>
          <i aria-hidden="true">{above ? "↑" : "↓"}</i>
          <span>
            {formatQuantity(anomaly.actual, quantity, locale)}
            <small>{t(above ? "anomaly.above" : "anomaly.below")}</small>
          </span>
        </span>
        <span className={style.expected}>
          <small>{t("anomaly.expected")}</small>
          {formatRange(anomaly.lower, anomaly.upper, quantity, locale)}
        </span>
        <Score score={anomaly.score} locale={locale} label={t("anomaly.score")} />
      </Link>
    </li>
  );
}

function Score({ score, locale, label }: { score: number; locale: string; label: string }) {
  const written = numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score);
  return (
    <span className={style.score} title={label}>
      <span
        className={style.scoreBar}
        style={{ "--share": Math.min(Math.max(score, 0), 1) } as React.CSSProperties}
        aria-hidden="true"
      />
      {written}
    </span>
  );
}
