import { Kbd, Modal } from "@mantine/core";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./shell.module.css";
import { SHORTCUTS } from "./shortcut.ts";

/** The list of shortcuts. */
export function ShortcutHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("shortcuts.title")}
      size="sm"
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <dl className={style.shortcuts}>
        {SHORTCUTS.map(({ keys, action }) => (
          <div key={action}>
            <dt>{t(`shortcuts.${action}`)}</dt>
            <dd>
              {keys.map(key => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
        <div>
          <dt>{t("shortcuts.run")}</dt>
          <dd>
            <Kbd>Ctrl</Kbd>
            <Kbd>Enter</Kbd>
          </dd>
        </div>
      </dl>
    </Modal>
  );
}
