// Copies a text that is made when it is asked for, and says so for a moment.
import { useState } from "react";
import { Toggle } from "./Toggle";

const SAID_MS = 1_500;

export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(text()).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SAID_MS);
    });
  return <Toggle icon={copied ? "check" : "copy"} label={copied ? "Copied" : label} onClick={copy} />;
}
