import { useNavigate, useSearch } from "@tanstack/react-router";
import { EmptyState } from "../../elements/empty-state.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import type { View } from "../../view/view.ts";
import { SeriesDetail } from "./series-detail.tsx";
import { SeriesFinder } from "./series-finder.tsx";
import style from "./watch.module.css";

/** Find a series; see its live chart with its band. */
export function WatchPage() {
  const { t } = useLanguage();
  const view = useSearch({ from: "/signed-in/watch" });
  const navigate = useNavigate({ from: "/watch" });
  const change = (part: Partial<View>, replace = false) =>
    void navigate({ search: shown => ({ ...shown, ...part }), replace });
  return (
    <div className={style.watch} data-chosen={view.series !== undefined}>
      <title>{`${t("nav.watch")} · Maru`}</title>
      <SeriesFinder view={view} onChange={change} />
      <div className={style.detail}>
        {view.series === undefined ? (
          <div className={style.nothing}>
            <EmptyState title={t("watch.choose")} hint={t("watch.choose.hint")} />
          </div>
        ) : (
          <SeriesDetail key={view.series} id={view.series} view={view} onChange={change} />
        )}
      </div>
    </div>
  );
}
