import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useLanguage } from "../../i18n/language-context.ts";
import { addressTime, type TimeWindow } from "../../view/view.ts";
import { fromLocalField, toLocalField } from "./local-field.ts";
import style from "./watch.module.css";

interface CustomRangeProps {
  window: TimeWindow;
  onChoose: (from: string, to: string) => void;
}

/** A window of time from one moment to another, in the reader's zone. */
export function CustomRange({ window, onChoose }: CustomRangeProps) {
  const { t } = useLanguage();
  const [from, setFrom] = useState(() => toLocalField(window.fromMs));
  const [to, setTo] = useState(() => toLocalField(window.toMs));
  const fromMs = fromLocalField(from);
  const toMs = fromLocalField(to);
  const backwards = fromMs !== undefined && toMs !== undefined && fromMs >= toMs;
  return (
    <form
      className={style.custom}
      onSubmit={event => {
        event.preventDefault();
        if (fromMs !== undefined && toMs !== undefined && !backwards) onChoose(addressTime(fromMs), addressTime(toMs));
      }}
    >
      <TextInput
        type="datetime-local"
        step={1}
        required
        withAsterisk={false}
        label={t("range.from")}
        value={from}
        onChange={event => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        step={1}
        required
        withAsterisk={false}
        label={t("range.to")}
        value={to}
        error={backwards && t("range.backwards")}
        onChange={event => setTo(event.currentTarget.value)}
      />
      <Button type="submit">{t("range.show")}</Button>
    </form>
  );
}
