import { useNow } from "../../elements/use-now.ts";
import { formatAgo, formatMoment } from "../../format/time.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./overview.module.css";
import type { Status } from "./status.ts";

/** The state of things in one sentence, and what to do in a second. */
export function StatusSentence({ status, host }: { status: Status; host: string }) {
  const { sentence, advice } = useSentence(status, host);
  return (
    <div className={style.status} data-testid="overview-status" data-tone={status.tone} role="status">
      <span className={style.lamp} aria-hidden="true" />
      <div>
        <p className={style.sentence}>{sentence}</p>
        <p className={style.advice}>{advice}</p>
      </div>
    </div>
  );
}

function useSentence(status: Status, host: string): { sentence: string; advice: string } {
  const { t, counted, locale } = useLanguage();
  const now = useNow(10_000);
  switch (status.tone) {
    case "wrong": {
      const { sinceMs } = status;
      const since =
        sinceMs === undefined
          ? ""
          : ` ${t(status.open === 1 ? "status.since" : "status.sinceFirst", { time: formatMoment(sinceMs, now, locale), ago: formatAgo(sinceMs, now, locale) })}`;
      return { sentence: counted("status.wrong", status.open) + since, advice: t("status.wrong.advice") };
    }
    case "learning":
      return { sentence: t("status.learning", { host }), advice: counted("status.learning.advice", status.warming) };
    case "waiting":
      return { sentence: t("status.waiting"), advice: t("status.waiting.advice") };
    case "calm":
      return { sentence: t("status.calm", { host }), advice: t("status.calm.advice") };
  }
}
