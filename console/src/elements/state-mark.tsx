import type { SeriesState } from "../api/records.ts";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./elements.module.css";

/** A series' state as a mark and, unless `quiet`, a word. The shape differs as well as the colour. */
export function StateMark({ state, quiet = false }: { state: SeriesState; quiet?: boolean }) {
  const { t } = useLanguage();
  const word = t(`state.${state}`);
  return (
    <span className={style.state} data-state={state} title={quiet ? word : undefined}>
      <svg
        aria-hidden={!quiet}
        aria-label={quiet ? word : undefined}
        role="img"
        width="10"
        height="10"
        viewBox="0 0 10 10"
      >
        {state === "anomalous" && <path d="M5 .8 9.5 9H.5z" fill="currentColor" />}
        {state === "normal" && <circle cx="5" cy="5" r="3" fill="currentColor" />}
        {state === "warming" && <circle cx="5" cy="5" r="3" fill="none" stroke="currentColor" strokeWidth="1.6" />}
      </svg>
      {!quiet && word}
    </span>
  );
}
