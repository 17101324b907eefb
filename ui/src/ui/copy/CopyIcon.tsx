// Copies a text; a small button for where it stands.
import type { IconName } from "../Icon";
import { IconButton } from "../IconButton";
import { useCopied } from "./useCopied";

interface Props {
  label: string;
  text: string;
  icon?: IconName;
  size?: number;
}

export function CopyIcon({ label, text, icon = "copy", size = 20 }: Props) {
  const [copied, copy] = useCopied();
  return (
    <IconButton
      icon={copied ? "check" : icon}
      size={size}
      label={copied ? "Copied" : label}
      onClick={() => copy(text)}
    />
  );
}
