import { Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Headline } from "../../api/records.ts";
import { BandChart } from "../../chart/band-chart.tsx";
import { latest } from "../../chart/columns.ts";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { StateMark } from "../../elements/state-mark.tsx";
import { useNow } from "../../elements/use-now.ts";
import { formatQuantity, formatRange } from "../../format/format-quantity.ts";
import { quantityOf } from "../../format/quantity.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import { stateNow } from "../watch/state-now.ts";
import { useSeriesWindow } from "../watch/use-series-window.ts";
import { headlineTitle } from "./headline-title.ts";
import { headlineWindow } from "./headline-window.ts";
import style from "./overview.module.css";

const POINTS = 240;
const TICK_MS = 5_000;

/** One headline: title, newest value, expected range, and a small live chart. */
export function HeadlineChart({ headline, openedMs }: { headline: Headline; openedMs: number }) {
  const { t, locale } = useLanguage();
  const now = useNow(TICK_MS);
  const { data, error, judged, refetch } = useSeriesWindow({ id: headline.series, from: "-30m", points: POINTS });
  const quantity = quantityOf(data?.series ?? headline);
  const last = data && latest(data);
  const open = data?.anomalies.some(anomaly => !anomaly.end) ?? false;
  const { fromMs, toMs } = headlineWindow(data?.time_ms[0], Math.max(now, openedMs));
  const title = headlineTitle(headline.title, t);
  return (
    <div className={style.headline} data-testid="headline-chart" data-series={headline.series}>
      <Link to="/watch" search={{ series: headline.series }} preload={false} className={style.headlineHead}>
        <span className={style.headlineTitle}>
          {data && <StateMark state={stateNow(data.series.state, judged, open)} quiet />}
          {title}
        </span>
        <strong>{formatQuantity(last?.value, quantity, locale)}</strong>
        <span className={style.headlineName}>{headline.detail ?? headline.name}</span>
        <span className={style.headlineRange}>
          {last?.lower !== null && last !== undefined
            ? formatRange(last.lower, last.upper, quantity, locale)
            : data
              ? t("figure.learning")
              : ""}
        </span>
      </Link>
      {error && !data && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={120} />}
      {data && (
        <BandChart
          compact
          columns={data}
          anomalies={data.anomalies}
          fromMs={fromMs}
          toMs={toMs}
          quantity={quantity}
          height={120}
          label={t("chart.label", { name: title, state: t(`state.${stateNow(data.series.state, judged, open)}`) })}
          testId="headline-plot"
        />
      )}
    </div>
  );
}
