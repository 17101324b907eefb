// Words on a dashboard.
import { text } from "../../api/decode";
import { interpolate } from "../variables/interpolate";
import { renderHtml, renderMarkdown } from "./compute/markup";
import type { PanelProps } from "./panel";
import styles from "./panels.module.css";

export function TextPanel({ panel, lookup }: PanelProps) {
  const content = text(panel.options.content);
  const mode = text(panel.options.mode, "markdown");
  // Values of variables are words, not markup.
  const filled = interpolate(
    content,
    (name, field) => {
      const value = lookup(name, field);
      return value === undefined || mode === "code" ? value : { ...value, values: value.values.map(escapeMarkup) };
    },
    "plain",
  );
  if (mode === "code") return <pre className={styles.code}>{filled}</pre>;
  return <div className={styles.words}>{mode === "html" ? renderHtml(filled) : renderMarkdown(filled)}</div>;
}

function escapeMarkup(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
