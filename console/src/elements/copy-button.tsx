import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useLanguage } from "../i18n/language-context.ts";
import { copyText } from "./copy-text.ts";
import { Icon, type IconName } from "./icon.tsx";

interface CopyButtonProps {
  /** Read when the button is pressed. */
  text: () => string;
  label: string;
  icon?: IconName;
  testId?: string;
}

const SAY_SO_MS = 2_000;

/** Copies a text and says that it did. */
export function CopyButton({ text, label, icon = "copy", testId }: CopyButtonProps) {
  const { t } = useLanguage();
  const [result, setResult] = useState<"copied" | "failed">();
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(undefined), SAY_SO_MS);
    return () => clearTimeout(timer);
  }, [result]);
  return (
    <Button
      variant="default"
      size="xs"
      data-testid={testId}
      leftSection={<Icon name={result === "copied" ? "check" : icon} size={15} />}
      onClick={async () => setResult((await copyText(text())) ? "copied" : "failed")}
    >
      <span aria-live="polite">{result ? t(`copy.${result}`) : label}</span>
    </Button>
  );
}
