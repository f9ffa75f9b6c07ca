import type uPlot from "uplot";
import style from "./chart.module.css";

/** Writes what stands in the readout for one sample: lines of a name and a value. */
export type ReadoutLines = (sample: {
  timeMs: number;
  value: number | null;
  lower: number | null;
  upper: number | null;
}) => { title: string; lines: [string, string][] };

/** A small box beside the pointer that says what the chart shows there. */
export function readout(linesOf: () => ReadoutLines): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = style.readout ?? "";
  box.hidden = true;
  return {
    hooks: {
      init: plot => {
        plot.over.append(box);
        plot.over.addEventListener("mouseleave", () => {
          box.hidden = true;
        });
      },
      setCursor: plot => {
        const index = plot.cursor.idx;
        const timeMs = index === null || index === undefined ? undefined : plot.data[0][index];
        if (index === null || index === undefined || timeMs === undefined) {
          box.hidden = true;
          return;
        }
        const at = (series: number) => plot.data[series]?.[index] ?? null;
        const { title, lines } = linesOf()({ timeMs, value: at(4), lower: at(1), upper: at(2) });
        box.replaceChildren(
          element("strong", title),
          ...lines.flatMap(([name, value]) => [element("span", name), element("b", value)]),
        );
        box.hidden = false;
        place(box, plot);
      },
    },
  };
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** Beside the pointer, on the side that has room. */
function place(box: HTMLElement, plot: uPlot): void {
  const { left = 0 } = plot.cursor;
  const width = plot.over.clientWidth;
  const x = left + 12 + box.offsetWidth <= width ? left + 12 : Math.max(0, left - 12 - box.offsetWidth);
  box.style.transform = `translate(${Math.round(x)}px, 8px)`;
}
