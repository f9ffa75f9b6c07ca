/** The colours a chart draws with, as the colour scheme has them. */
export interface ChartColours {
  value: string;
  expected: string;
  band: string;
  grid: string;
  label: string;
  anomaly: string;
  anomalyShade: string;
  fontFamily: string;
}

/** Reads the colours from the style sheet: a canvas does not see CSS variables by itself. */
export function chartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    value: of("--chart-value"),
    expected: of("--chart-expected"),
    band: of("--chart-band"),
    grid: of("--chart-grid"),
    label: of("--ink-3"),
    anomaly: of("--bad"),
    anomalyShade: of("--chart-anomaly-shade"),
    fontFamily: getComputedStyle(document.body).fontFamily,
  };
}
