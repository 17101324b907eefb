// The query rows of a signal: letter, editor, run state. Drafts live here; a run puts them all into the URL.
import type { Extension } from "@codemirror/state";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { formatQuery } from "../api/formatQuery";
import { standIn } from "../lang/standIns";
import { Icon } from "../ui/Icon";
import { useStoredFlag } from "../ui/stored";
import { Toggle } from "../ui/Toggle";
import styles from "./explore.module.css";
import { type Advice, QueryRow, type RunState } from "./QueryRow";
import type { Signal } from "./search";
import { MOST_QUERIES } from "./search";

interface Props {
  signal: Signal;
  queries: readonly string[];
  states: readonly RunState[];
  language: Extension;
  hint: string;
  /** Logs and traces show one result at a time. */
  single?: boolean;
  /** What each query may mean otherwise. */
  advice?: readonly (Advice | undefined)[];
  tools?: ReactNode;
  onRun: (queries: readonly string[]) => void;
  /** Runs again what already ran. */
  onAgain: () => void;
}

const Builder = lazy(() => import("../build/Builder").then((module) => ({ default: module.Builder })));

/** The server's way to write the query; it refuses what it cannot read. */
async function formatted(signal: "metrics" | "logs", query: string): Promise<string> {
  const stood = standIn(query);
  return stood.restore(await formatQuery(signal, stood.query));
}

const EMPTY: RunState = { kind: "idle" };

export function QueryRows(props: Props) {
  const { signal, queries, states, language, hint, single, advice, tools, onRun, onAgain } = props;
  const ran = queries.length === 0 ? [""] : [...queries];
  const [drafts, setDrafts] = useState(ran);
  const [seen, setSeen] = useState(queries);
  const [building, setBuilding] = useStoredFlag("oriel.builder", false);
  // A link, a hop or the back button changed the queries: the drafts follow.
  if (seen !== queries) {
    setSeen(queries);
    setDrafts(ran);
  }
  const run = (texts: readonly string[]) => {
    const kept = texts.filter((one) => one.trim() !== "");
    const isSame = kept.length === queries.length && kept.every((one, index) => one === queries[index]);
    if (isSame) onAgain();
    else onRun(kept);
  };
  return (
    <div className={styles.rows}>
      {drafts.map((draft, index) => {
        const withText = (text: string) => (old: string[]) => old.map((one, place) => (place === index ? text : one));
        const edit = (text: string) => setDrafts(withText(text));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its letter
          <div key={index}>
            <QueryRow
              letter={String.fromCharCode(65 + index)}
              signal={signal}
              draft={draft}
              ran={queries[index]}
              state={states[index] ?? EMPTY}
              language={language}
              hint={hint}
              onChange={edit}
              onRun={() => run(drafts)}
              onFormat={
                signal === "traces" ? undefined : () => void formatted(signal, draft).then(edit, () => run(drafts))
              }
              advice={advice?.[index]}
              onAdvice={(text) => run(withText(text)(drafts))}
              onRemove={
                drafts.length > 1
                  ? () => {
                      const kept = drafts.filter((_, place) => place !== index);
                      setDrafts(kept);
                      run(kept);
                    }
                  : undefined
              }
            />
            {building && (
              <Suspense fallback={null}>
                <Builder signal={signal} text={draft} onChange={edit} onRun={() => run(drafts)} />
              </Suspense>
            )}
          </div>
        );
      })}
      <div className={styles.tools}>
        <button type="button" className={styles.run} onClick={() => run(drafts)} data-testid="run">
          <Icon name="play" size={14} />
          Run
        </button>
        {single !== true && drafts.length < MOST_QUERIES && (
          <button type="button" className={styles.toggle} onClick={() => setDrafts([...drafts, ""])}>
            <Icon name="plus" size={13} />
            Add query
          </button>
        )}
        <Toggle
          icon="build"
          label="Builder"
          on={building}
          onClick={() => setBuilding(!building)}
          testId="builder-toggle"
        />
        {tools}
      </div>
    </div>
  );
}
