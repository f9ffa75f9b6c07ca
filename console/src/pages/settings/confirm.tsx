import { Button, Modal } from "@mantine/core";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./settings.module.css";

interface ConfirmProps {
  opened: boolean;
  title: string;
  /** What will be different afterwards. */
  consequence: string;
  action: string;
  pending: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ opened, title, consequence, action, pending, error, onConfirm, onClose }: ConfirmProps) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size="sm"
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      <div className={style.dialog}>
        <p>{consequence}</p>
        {error && <ErrorNotice error={error} />}
        <div className={style.dialogBar}>
          <Button variant="default" onClick={onClose}>
            {t("dialog.cancel")}
          </Button>
          <Button className={style.danger} loading={pending} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
