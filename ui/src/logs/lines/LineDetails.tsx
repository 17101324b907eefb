// An opened line: its whole text, its fields with filters, and the ways on: its trace, the lines around it.
import { useMemo, useState } from "react";
import { useExplore } from "../../explore/useExplore";
import { CopyButton } from "../../ui/copy/CopyButton";
import { IconButton } from "../../ui/IconButton";
import { Toggle } from "../../ui/Toggle";
import { ansiPieces } from "../ansi";
import { fieldsOf, type LogEntry, traceOf } from "../entry";
import type { Field, FieldSource } from "../fields";
import { plainText, selectorOf } from "../filters";
import { readJson } from "../json";
import styles from "../logs.module.css";
import { ContextLines } from "./ContextLines";
import { JsonTree } from "./JsonTree";

/** Lines this long around the opened one are its context. */
const CONTEXT_MS = 60_000;

const SOURCE_WORDS: Readonly<Record<FieldSource, string>> = {
  label: "label",
  metadata: "metadata",
  parsed: "parsed",
  json: "from JSON",
  logfmt: "from logfmt",
};

/** What a list of lines offers where it is a page of its own. */
export interface LineWays {
  readonly columns: readonly string[];
  /** Makes the field a column, or takes the column away. */
  readonly onColumn: (name: string) => void;
  /** Keeps lines that hold the text, or leaves them out. */
  readonly onText: (text: string, wanted: boolean) => void;
  /** An address that shows this line. */
  readonly linkOf: (entry: LogEntry) => string;
}

interface Props {
  entry: LogEntry;
  onFilter: (field: Field, wanted: boolean) => void;
  ways?: LineWays | undefined;
}

export function LineDetails({ entry, onFilter, ways }: Props) {
  const explore = useExplore();
  const trace = traceOf(entry);
  const [context, setContext] = useState(false);
  const [text, setText] = useState(false);
  const tree = useMemo(() => readJson(entry.line), [entry.line]);
  const around = () =>
    explore.go("logs", [selectorOf(entry.stream)], {
      from: String(Math.floor(entry.ms - CONTEXT_MS)),
      to: String(Math.ceil(entry.ms + CONTEXT_MS)),
    });
  return (
    <div className={styles.details} data-testid="line-details">
      <div className={styles.actions}>
        {trace !== undefined && (
          <>
            <Toggle
              icon="traces"
              label="Open trace"
              onClick={() =>
                explore.change({ signal: "traces", q: undefined, mode: undefined, trace, span: undefined })
              }
              testId="open-trace"
            />
            <IconButton
              icon="columns"
              size={26}
              label="Open the trace beside"
              onClick={() => explore.beside({ signal: "traces", trace })}
            />
          </>
        )}
        <Toggle icon="logs" label="Context" on={context} onClick={() => setContext(!context)} testId="context" />
        <Toggle icon="clock" label="Go to that minute" onClick={around} />
        {tree !== undefined && (
          <Toggle icon="braces" label="As it came" on={text} onClick={() => setText(!text)} testId="as-text" />
        )}
        <CopyButton label="Copy line" text={() => entry.line} />
        {ways !== undefined && (
          <CopyButton icon="link" label="Copy link to this line" text={() => ways.linkOf(entry)} />
        )}
      </div>
      {context && <ContextLines entry={entry} />}
      <div className={styles.fieldTable}>
        {fieldsOf(entry).map((field) => (
          <div key={`${field.from} ${field.name}`} className={styles.fieldRow}>
            <IconButton
              icon="plus"
              size={20}
              label={`Only lines with this ${field.name}`}
              onClick={() => onFilter(field, true)}
            />
            <IconButton
              icon="minus"
              size={20}
              label={`No lines with this ${field.name}`}
              onClick={() => onFilter(field, false)}
            />
            {ways !== undefined && (
              <IconButton
                icon="columns"
                size={20}
                active={ways.columns.includes(field.name)}
                label={`Column of ${field.name}`}
                onClick={() => ways.onColumn(field.name)}
              />
            )}
            <span className={styles.fieldName} title={SOURCE_WORDS[field.from]}>
              {field.name}
            </span>
            <span className={styles.fieldValue}>{plainText(field.value)}</span>
          </div>
        ))}
      </div>
      {tree !== undefined && !text ? (
        <JsonTree node={tree} />
      ) : (
        <pre className={styles.whole}>
          {ansiPieces(entry.line).map(({ text: piece, color, bold }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no names, and do not move
            <span key={index} data-ansi={color} data-bold={bold ? "" : undefined}>
              {piece}
            </span>
          ))}
        </pre>
      )}
    </div>
  );
}
