import type uPlot from "uplot";
import type { ChartColours } from "./chart-colours.ts";
import { type Span, visiblePart } from "./span.ts";

const LEAST_WIDTH = 3;
const EDGE_HEIGHT = 2;

/** Shades the stretches of time in which the series left its band, behind everything else. */
export function anomalyShade(spans: () => readonly Span[], colours: ChartColours): uPlot.Plugin {
  return {
    hooks: {
      drawClear: plot => {
        const { min, max } = plot.scales.x ?? {};
        if (min === undefined || max === undefined) return;
        const { ctx, bbox } = plot;
        ctx.save();
        for (const span of spans()) {
          const part = visiblePart(span, min, max);
          if (!part) continue;
          const left = plot.valToPos(part[0], "x", true);
          const width = Math.max(plot.valToPos(part[1], "x", true) - left, LEAST_WIDTH * devicePixelRatio);
          const x = Math.min(left, bbox.left + bbox.width - width);
          ctx.fillStyle = colours.anomalyShade;
          ctx.fillRect(x, bbox.top, width, bbox.height);
          ctx.fillStyle = colours.anomaly;
          ctx.fillRect(x, bbox.top, width, EDGE_HEIGHT * devicePixelRatio);
        }
        ctx.restore();
      },
    },
  };
}
