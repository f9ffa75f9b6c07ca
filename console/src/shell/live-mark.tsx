import { useLanguage } from "../i18n/language-context.ts";
import { useLiveState } from "../live/live-context.tsx";
import style from "./shell.module.css";

/** Whether what is shown follows what happens, or the connection is being taken up again. */
export function LiveMark() {
  const { t } = useLanguage();
  const state = useLiveState();
  if (state === "off") return null;
  return (
    <output className={style.live} data-live={state} title={t(`live.${state}.hint`)}>
      <span className={style.liveDot} />
      <span className={style.liveWord}>{t(`live.${state}`)}</span>
    </output>
  );
}
