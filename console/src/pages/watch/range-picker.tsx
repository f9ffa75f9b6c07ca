import { Button, Popover, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Icon } from "../../elements/icon.tsx";
import { formatMoment } from "../../format/time.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import { AGES } from "../../view/age.ts";
import { DEFAULT_FROM, type View, windowOf } from "../../view/view.ts";
import { CustomRange } from "./custom-range.tsx";
import style from "./watch.module.css";

interface RangePickerProps {
  view: View;
  onChange: (part: Partial<View>) => void;
  onResetZoom: () => void;
}

/** Chooses the window of time, and says whether it follows. */
export function RangePicker({ view, onChange, onResetZoom }: RangePickerProps) {
  const { t, locale } = useLanguage();
  const [customOpen, setCustomOpen] = useState(false);
  const from = view.from ?? DEFAULT_FROM;
  const age = view.to === undefined ? AGES.find(known => known === from) : undefined;
  const window = windowOf(view, Date.now());
  const zoomed = view.to !== undefined;
  const written = (ms: number) => formatMoment(ms, Date.now(), locale);

  return (
    <div className={style.range}>
      <SegmentedControl
        aria-label={t("range.label")}
        value={age ?? ""}
        onChange={value => onChange({ from: value, to: undefined })}
        data={AGES.map(value => ({ value, label: t(`range.${value}`) }))}
      />
      <Popover opened={customOpen} onChange={setCustomOpen} trapFocus returnFocus position="bottom-start" shadow="md">
        <Popover.Target>
          <Button
            variant={age ? "default" : "light"}
            size="xs"
            aria-expanded={customOpen}
            onClick={() => setCustomOpen(open => !open)}
          >
            {age ? t("range.custom") : `${written(window.fromMs)} – ${zoomed ? written(window.toMs) : t("range.now")}`}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <CustomRange
            window={window}
            onChoose={(chosenFrom, chosenTo) => {
              setCustomOpen(false);
              onChange({ from: chosenFrom, to: chosenTo });
            }}
          />
        </Popover.Dropdown>
      </Popover>
      {zoomed ? (
        <Button
          variant="default"
          size="xs"
          data-testid="reset-zoom"
          leftSection={<Icon name="zoomOut" size={15} />}
          onClick={onResetZoom}
        >
          {t("range.reset")}
        </Button>
      ) : (
        <span className={style.following}>{t("range.following")}</span>
      )}
    </div>
  );
}
