// One query: its letter with the signal's colour, the editor, what the last run gave, and the error under it.
import type { Extension } from "@codemirror/state";
import { type ReactNode, useMemo } from "react";
import { ApiError } from "../api/http";
import { Editor } from "../lang/Editor";
import { faultOf } from "../lang/fault";
import { Icon } from "../ui/Icon";
import { IconButton } from "../ui/IconButton";
import styles from "./explore.module.css";
import type { Signal } from "./search";

export type RunState =
  | { readonly kind: "idle" }
  | { readonly kind: "running" }
  | { readonly kind: "done"; readonly text: string }
  | { readonly kind: "error"; readonly error: Error };

interface Props {
  letter: string;
  signal: Signal;
  draft: string;
  /** Neither asked nor shown. */
  hidden: boolean;
  /** The text of the last run; errors point into it. */
  ran: string | undefined;
  state: RunState;
  language: Extension;
  hint: string;
  /** What may be done with the row among others. */
  menu: ReactNode;
  onChange: (text: string) => void;
  onRun: () => void;
  onRemove: (() => void) | undefined;
  /** Writes the text anew, in the same words. */
  onFormat: (() => void) | undefined;
  /** What the query that ran may mean otherwise. */
  advice: Advice | undefined;
  onAdvice: (query: string) => void;
}

export interface Advice {
  readonly words: string;
  /** The query as it may be meant. */
  readonly mended: string;
}

export function QueryRow(props: Props) {
  const { letter, signal, draft, hidden, ran, state, language, hint, advice, menu } = props;
  const { onChange, onRun, onRemove, onFormat } = props;
  const message = state.kind === "error" ? state.error.message : undefined;
  const isRefused = state.kind === "error" && state.error instanceof ApiError && state.error.status >= 400;
  const fault = useMemo(
    () => (message === undefined || ran === undefined || ran !== draft ? undefined : faultOf(message, ran)),
    [message, ran, draft],
  );
  return (
    <div>
      <div
        className={styles.row}
        style={{ "--signal": `var(--${signal})` } as React.CSSProperties}
        data-hidden={hidden}
        data-testid="query-row"
      >
        <span className={styles.letter}>{letter}</span>
        <div className={styles.editor}>
          <Editor
            value={draft}
            label={`Query ${letter}`}
            hint={hint}
            language={language}
            fault={fault}
            onChange={onChange}
            onRun={onRun}
          />
        </div>
        <span className={styles.state} data-kind={state.kind} aria-live="polite" data-testid="run-state">
          {hidden && "hidden"}
          {state.kind === "done" && state.text}
          {state.kind === "error" && (isRefused ? "refused" : "failed")}
          {onFormat !== undefined && draft.trim() !== "" && (
            <IconButton icon="format" label={`Format query ${letter}`} size={24} onClick={onFormat} />
          )}
          {menu}
          {onRemove !== undefined && (
            <IconButton icon="close" label={`Remove query ${letter}`} size={24} onClick={onRemove} />
          )}
        </span>
        {state.kind === "running" && <span className={styles.busy} />}
      </div>
      {advice !== undefined && state.kind === "done" && ran === draft && (
        <div className={styles.advice} data-testid="advice">
          <Icon name="help" size={14} />
          <span>{advice.words}</span>
          <button type="button" className={styles.adviceRun} onClick={() => props.onAdvice(advice.mended)}>
            Run <code>{advice.mended}</code>
          </button>
        </div>
      )}
      {message !== undefined && (
        <div className={styles.fault} role="alert" data-testid="query-error">
          {message}
        </div>
      )}
    </div>
  );
}
