import { Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { type SeriesWindow, seriesState } from "../../api/records.ts";
import { BandChart } from "../../chart/band-chart.tsx";
import { CopyButton } from "../../elements/copy-button.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Icon } from "../../elements/icon.tsx";
import { Breakable } from "../../elements/series-name.tsx";
import { useNow } from "../../elements/use-now.ts";
import { quantityOf } from "../../format/quantity.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import { parseAge } from "../../view/age.ts";
import { addressTime, DEFAULT_FROM, type View, windowOf } from "../../view/view.ts";
import { ChartKey } from "./chart-key.tsx";
import { paceOf } from "./pace.ts";
import { RangePicker } from "./range-picker.tsx";
import { SeriesAnomalies } from "./series-anomalies.tsx";
import { SeriesFigures } from "./series-figures.tsx";
import { SeriesLabels } from "./series-labels.tsx";
import { useSeriesWindow } from "./use-series-window.ts";
import style from "./watch.module.css";

interface SeriesDetailProps {
  id: string;
  view: View;
  onChange: (part: Partial<View>) => void;
}

const POINTS = 600;

/** One series: chart, figures, labels and anomalies. */
export function SeriesDetail({ id, view, onChange }: SeriesDetailProps) {
  const { t } = useLanguage();
  const from = view.from ?? DEFAULT_FROM;
  const before = useRangeBeforeZoom(view);
  const window = useSeriesWindow({ id, from, to: view.to, points: POINTS });
  const resetZoom = () => onChange({ from: before.current, to: undefined });
  const series = window.data?.series;

  return (
    <article className={style.article}>
      <header className={style.head}>
        <Link to="/watch" search={{ ...view, series: undefined }} className={style.back}>
          <Icon name="back" size={16} />
          {t("watch.back")}
        </Link>
        {series ? (
          <h2 className={style.name}>
            <Breakable name={series.name} />
          </h2>
        ) : (
          <Skeleton height={28} width={280} />
        )}
        <div className={style.actions}>
          <CopyButton text={() => location.href} label={t("copy.link")} icon="link" testId="copy-link" />
        </div>
        {series && <SeriesLabels series={series} />}
      </header>
      <RangePicker view={view} onChange={onChange} onResetZoom={resetZoom} />
      {window.error && <ErrorNotice error={window.error} onRetry={() => void window.refetch()} />}
      {window.isPending && <Skeleton height={320} />}
      {window.data && (
        <>
          <LiveChart
            window={window.data}
            view={view}
            onZoom={(f, to) => onChange({ from: addressTime(f), to: addressTime(to) })}
            onReset={resetZoom}
          />
          <SeriesFigures window={window.data} judged={window.judged} live={view.to === undefined} />
          <SeriesAnomalies series={window.data.series} />
        </>
      )}
    </article>
  );
}

interface LiveChartProps {
  window: SeriesWindow;
  view: View;
  onZoom: (fromMs: number, toMs: number) => void;
  onReset: () => void;
}

function LiveChart({ window, view, onZoom, onReset }: LiveChartProps) {
  const { t } = useLanguage();
  const narrow = useMediaQuery("(max-width: 720px)");
  const length = windowOf(view, Date.now());
  const now = useNow(paceOf(length.toMs - length.fromMs).tickMs);
  const { fromMs, toMs } = windowOf(view, now);
  const { series } = window;
  return (
    <div className={style.panel}>
      <BandChart
        columns={window}
        anomalies={window.anomalies}
        fromMs={fromMs}
        toMs={toMs}
        quantity={quantityOf(series)}
        height={narrow ? 240 : 320}
        label={t("chart.label", { name: series.name, state: t(`state.${seriesState(series.state)}`) })}
        testId="series-chart"
        onZoom={onZoom}
        onReset={onReset}
      />
      <ChartKey warming={series.state === "warming"} />
    </div>
  );
}

/** The window that was followed before the person zoomed in, to go back to. */
function useRangeBeforeZoom({ from, to }: View) {
  const before = useRef<string | undefined>(undefined);
  if (to === undefined && (from === undefined || parseAge(from) !== undefined)) before.current = from;
  return before;
}
