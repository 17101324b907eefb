// Copies a text that is made when it is asked for, and says so for a moment.
import type { IconName } from "../Icon";
import { Toggle } from "../Toggle";
import { useCopied } from "./useCopied";

interface Props {
  label: string;
  text: () => string;
  icon?: IconName;
}

export function CopyButton({ label, text, icon = "copy" }: Props) {
  const [copied, copy] = useCopied();
  return <Toggle icon={copied ? "check" : icon} label={copied ? "Copied" : label} onClick={() => copy(text())} />;
}
