// Copies a text, and knows for a moment that it did.
import { useState } from "react";
import { copyText } from "./copyText";

const SAID_MS = 1_500;

export function useCopied(): readonly [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false);
  const copy = (text: string) =>
    void copyText(text).then((isCopied) => {
      setCopied(isCopied);
      if (isCopied) setTimeout(() => setCopied(false), SAID_MS);
    });
  return [copied, copy];
}
