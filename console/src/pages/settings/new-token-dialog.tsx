import { Button, Modal, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client.ts";
import type { Scope } from "../../api/records.ts";
import { CopyButton } from "../../elements/copy-button.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import style from "./settings.module.css";

const SCOPES = ["ingest", "read", "change", "admin"] as const satisfies readonly Scope[];
const LIFETIMES = ["30d", "90d", "365d", "never"] as const;

type Lifetime = (typeof LIFETIMES)[number];

/** Makes an API token, and shows its secret this once. */
export function NewTokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const creating = useMutation({
    mutationFn: (token: { name: string; scope: Scope; lifetime: Lifetime }) =>
      call("token.create", {
        name: token.name,
        scope: token.scope,
        expires: token.lifetime === "never" ? undefined : token.lifetime,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["token.list"] }),
    gcTime: 0,
  });
  const close = () => {
    onClose();
    creating.reset();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("tokens.create")}
      closeOnClickOutside={!creating.data}
      closeButtonProps={{ "aria-label": t("dialog.close") }}
    >
      {creating.data ? (
        <Secret secret={creating.data.token} onClose={close} />
      ) : (
        <TokenForm pending={creating.isPending} error={creating.error} onCreate={creating.mutate} />
      )}
    </Modal>
  );
}

interface TokenFormProps {
  pending: boolean;
  error: Error | null;
  onCreate: (token: { name: string; scope: Scope; lifetime: Lifetime }) => void;
}

function TokenForm({ pending, error, onCreate }: TokenFormProps) {
  const { t } = useLanguage();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [lifetime, setLifetime] = useState<Lifetime>("90d");
  return (
    <form
      className={style.dialog}
      onSubmit={event => {
        event.preventDefault();
        onCreate({ name: name.trim(), scope, lifetime });
      }}
    >
      <TextInput
        label={t("tokens.name")}
        placeholder={t("tokens.name.example")}
        required
        withAsterisk={false}
        data-autofocus
        value={name}
        onChange={event => setName(event.currentTarget.value)}
      />
      <fieldset className={style.field}>
        <legend>{t("tokens.scope")}</legend>
        <SegmentedControl
          fullWidth
          value={scope}
          onChange={setScope}
          data={SCOPES.map(value => ({ value, label: t(`scope.${value}`) }))}
        />
        <p>{t(`scope.${scope}.hint`)}</p>
      </fieldset>
      <fieldset className={style.field}>
        <legend>{t("tokens.lifetime")}</legend>
        <SegmentedControl
          fullWidth
          value={lifetime}
          onChange={setLifetime}
          data={LIFETIMES.map(value => ({ value, label: t(`lifetime.${value}`) }))}
        />
      </fieldset>
      {error && <ErrorNotice error={error} />}
      <div className={style.dialogBar}>
        <Button type="submit" loading={pending} disabled={name.trim() === ""}>
          {t("tokens.create")}
        </Button>
      </div>
    </form>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useLanguage();
  return (
    <div className={style.dialog}>
      <p>{t("tokens.secret")}</p>
      <code className={style.secret} data-testid="new-token">
        {secret}
      </code>
      <div className={style.dialogBar}>
        <CopyButton text={() => secret} label={t("copy.token")} />
        <Button size="xs" onClick={onClose}>
          {t("dialog.done")}
        </Button>
      </div>
    </div>
  );
}
