import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useEffectEvent, useMemo, useRef } from "react";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Anomaly } from "../api/records.ts";
import { formatQuantity, formatRange } from "../format/format-quantity.ts";
import type { Quantity } from "../format/quantity.ts";
import { formatMomentFull } from "../format/time.ts";
import { useLanguage } from "../i18n/language-context.ts";
import { createBandPlot } from "./band-plot.ts";
import style from "./chart.module.css";
import { chartColours } from "./chart-colours.ts";
import type { Columns } from "./columns.ts";
import { plotData } from "./plot-data.ts";
import type { ReadoutLines } from "./readout.ts";
import { spanOf } from "./span.ts";

interface BandChartProps {
  columns: Columns;
  anomalies: readonly Anomaly[];
  fromMs: number;
  toMs: number;
  quantity: Quantity;
  height: number;
  /** What the chart shows, for those who do not see it. */
  label: string;
  compact?: boolean;
  testId: string;
  onZoom?: (fromMs: number, toMs: number) => void;
  onReset?: () => void;
}

/** A series' chart: the value line in its learned band. Drag to zoom, double click to go back. */
export function BandChart(props: BandChartProps) {
  const { columns, anomalies, fromMs, toMs, quantity, height, label, compact = false, testId, onZoom, onReset } = props;
  const { t, locale } = useLanguage();
  const scheme = useComputedColorScheme("light");
  const { ref: frame, width } = useElementSize();
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  const spans = useMemo(() => anomalies.map(spanOf), [anomalies]);
  const drawn = useMemo(() => plotData(columns, spans), [columns, spans]);

  const lines: ReadoutLines = ({ timeMs, value, lower, upper }) => ({
    title: formatMomentFull(timeMs, locale),
    lines: [
      [t("chart.value"), formatQuantity(value, quantity, locale)],
      [t("chart.expected"), lower === null ? t("chart.learning") : formatRange(lower, upper, quantity, locale)],
    ],
  });
  const currentLines = useEffectEvent(() => lines);
  const currentSpans = useEffectEvent(() => spans);
  const zoom = useEffectEvent((from: number, to: number) => onZoom?.(from, to));
  const reset = useEffectEvent(() => onReset?.());
  const show = useEffectEvent(() => {
    const { current } = plot;
    if (!current) return;
    current.batch(() => {
      current.setData(drawn.columns, false);
      current.setScale("x", { min: fromMs, max: toMs });
    });
  });

  const measured = width > 0;
  const canZoom = onZoom !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme decides the colours that are read here; width and height have their own effect
  useEffect(() => {
    if (!measured || !target.current) return;
    const made = createBandPlot(target.current, drawn.columns, {
      width,
      height,
      compact,
      quantity,
      locale,
      colours: chartColours(),
      spans: () => currentSpans(),
      lines: () => currentLines(),
      onZoom: canZoom ? (from, to) => zoom(from, to) : undefined,
      onReset: () => reset(),
    });
    plot.current = made;
    show();
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [measured, scheme, compact, quantity.measure, quantity.perSecond, quantity.symbol, locale, canZoom]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what changes here is what `show` draws
  useEffect(() => show(), [drawn, fromMs, toMs]);

  const facts = {
    "data-points": drawn.points,
    "data-band-points": drawn.bandPoints,
    "data-from-ms": Math.round(fromMs),
    "data-to-ms": Math.round(toMs),
  };
  return (
    <div
      ref={frame}
      className={style.chart}
      style={{ height }}
      data-testid={testId}
      role="img"
      aria-label={label}
      {...facts}
    >
      <div ref={target} data-testid="chart-band" {...facts} />
    </div>
  );
}
