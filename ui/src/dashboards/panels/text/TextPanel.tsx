// Words on a dashboard: Markdown, HTML as far as it is harmless, or code as it is.
import { record, text } from "../../../api/decode";
import { interpolate } from "../../variables/interpolate";
import { tokensOf } from "../logs/logLook";
import type { PanelProps } from "../panel";
import panelStyles from "../panels.module.css";
import { renderHtml, renderMarkdown } from "./markup";
import styles from "./text.module.css";

export function TextPanel({ panel, lookup }: PanelProps) {
  const { options } = panel;
  const mode = text(options.mode, "markdown");
  // Values of variables are words, not markup.
  const filled = interpolate(
    text(options.content),
    (name, field) => {
      const value = lookup(name, field);
      return value === undefined || mode === "code" ? value : { ...value, values: value.values.map(escapeMarkup) };
    },
    "plain",
  );
  if (mode === "code") return <Code source={filled} options={record(options.code)} />;
  return <div className={panelStyles.words}>{mode === "html" ? renderHtml(filled) : renderMarkdown(filled)}</div>;
}

/** Longer texts are not coloured. */
const MOST_COLORED = 40_000;

function Code({ source, options }: { source: string; options: Readonly<Record<string, unknown>> }) {
  const isPlain = text(options.language, "plaintext") === "plaintext" || source.length > MOST_COLORED;
  const lines = source.split("\n");
  const numbered = options.showLineNumbers === true;
  return (
    <pre className={styles.code} data-numbered={numbered}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text never move
        <span key={index} className={styles.line}>
          {numbered && <i aria-hidden="true">{index + 1}</i>}
          <span>
            {isPlain
              ? line
              : tokensOf(line).map((token, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line never move
                  <span key={at} data-token={token.kind}>
                    {token.text}
                  </span>
                ))}
            {"\n"}
          </span>
        </span>
      ))}
    </pre>
  );
}

function escapeMarkup(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
