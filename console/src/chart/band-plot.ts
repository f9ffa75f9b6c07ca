import uPlot from "uplot";
import { formatQuantity } from "../format/format-quantity.ts";
import type { Quantity } from "../format/quantity.ts";
import { formatAxisTimes } from "../format/time.ts";
import { anomalyShade } from "./anomaly-shade.ts";
import { axisSteps } from "./axis-steps.ts";
import type { ChartColours } from "./chart-colours.ts";
import { type ReadoutLines, readout } from "./readout.ts";
import type { Span } from "./span.ts";
import { valueRange } from "./value-range.ts";

export interface BandPlotOptions {
  width: number;
  height: number;
  /** Small multiples: two marks on the value axis and no dashed line. */
  compact: boolean;
  quantity: Quantity;
  locale: string;
  colours: ChartColours;
  /** Read at each drawing, so that new anomalies need no new chart. */
  spans: () => readonly Span[];
  lines: () => ReadoutLines;
  onZoom: ((fromMs: number, toMs: number) => void) | undefined;
  onReset: (() => void) | undefined;
}

const LEAST_DRAG = 6;
const LABEL_SIZE = 11;
/** Which of the drawn columns is the value line. */
const VALUE = 4;

/** Draws a series with its band into `target`: band, dashed expectation, value, and marks where it was anomalous. */
export function createBandPlot(target: HTMLElement, data: uPlot.AlignedData, options: BandPlotOptions): uPlot {
  const { compact, colours, onZoom, onReset } = options;
  const width = compact ? 1.25 : 1.5;
  return new uPlot(
    {
      width: options.width,
      height: options.height,
      ms: 1,
      padding: compact ? [4, 4, 0, 0] : [8, 8, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: (_plot, series) => (series === VALUE ? 7 : 0), width: 0, fill: colours.value },
        drag: { x: onZoom !== undefined, y: false, setScale: false },
        bind: {
          dblclick: () => () => {
            onReset?.();
            return null;
          },
        },
      },
      scales: { x: { time: true }, y: { range: (_plot, min, max) => valueRange(min, max) } },
      axes: [timeAxis(options), valueAxis(options)],
      series: [
        {},
        { points: { show: false }, width: 0, stroke: "transparent" },
        { points: { show: false }, width: 0, stroke: "transparent" },
        { show: !compact, points: { show: false }, width: 1, stroke: colours.expected, dash: [4, 4] },
        { points: { show: false }, width, stroke: colours.value },
        {
          points: { size: compact ? 4 : 5, fill: colours.anomaly, stroke: colours.anomaly, width: 0 },
          width: width + 0.25,
          stroke: colours.anomaly,
        },
      ],
      bands: [{ series: [2, 1], fill: colours.band }],
      plugins: [anomalyShade(options.spans, colours), readout(options.lines)],
      hooks: {
        setSelect: [
          plot => {
            const { left, width: dragged } = plot.select;
            if (dragged >= LEAST_DRAG && onZoom) onZoom(plot.posToVal(left, "x"), plot.posToVal(left + dragged, "x"));
            if (dragged > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    data,
    target,
  );
}

function timeAxis({ compact, locale, colours }: BandPlotOptions): uPlot.Axis {
  return {
    stroke: colours.label,
    font: `${LABEL_SIZE}px ${colours.fontFamily}`,
    size: compact ? 22 : 28,
    gap: 4,
    space: compact ? 72 : 84,
    grid: { show: false },
    ticks: { show: !compact, stroke: colours.grid, size: 4, width: 1 },
    values: (_plot, marks, _axis, _space, step) => formatAxisTimes(marks, step, locale),
  };
}

function valueAxis({ compact, quantity, locale, colours }: BandPlotOptions): uPlot.Axis {
  return {
    stroke: colours.label,
    font: `${LABEL_SIZE}px ${colours.fontFamily}`,
    space: compact ? 34 : 44,
    gap: 6,
    incrs: axisSteps(quantity),
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
    values: (_plot, marks) => marks.map(mark => formatQuantity(mark, quantity, locale)),
    size: (_plot, labels) => Math.max(...(labels ?? [""]).map(label => label.length)) * LABEL_SIZE * 0.58 + 14,
  };
}
