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
import { RowMenu } from "./RowMenu";
import { RowWays } from "./RowWays";
import { isSameRows, letterOf, moved, plainRow, type Row } from "./rows";
import type { Signal } from "./search";
import { MOST_QUERIES } from "./search";

interface Props {
  signal: Signal;
  rows: readonly Row[];
  states: readonly RunState[];
  language: Extension;
  hint: string;
  /** Logs and traces show one result at a time. */
  single?: boolean;
  /** What each query may mean otherwise. */
  advice?: readonly (Advice | undefined)[];
  tools?: ReactNode;
  onRun: (rows: readonly Row[]) => void;
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
  const { signal, rows, states, language, hint, single, advice, tools, onRun, onAgain } = props;
  const ran = rows.length === 0 ? [plainRow("")] : [...rows];
  const [drafts, setDrafts] = useState(ran);
  const [seen, setSeen] = useState(rows);
  const [ways, setWays] = useState<ReadonlySet<number>>(new Set());
  const [building, setBuilding] = useStoredFlag("oriel.builder", false);
  // A link, a hop or the back button changed the queries: the drafts follow. Another range does not touch them.
  if (seen !== rows) {
    setSeen(rows);
    if (!isSameRows(seen, rows)) setDrafts(ran);
  }
  const run = (next: readonly Row[]) => {
    if (isSameRows(next, rows)) onAgain();
    else onRun(next.filter((one) => one.text.trim() !== ""));
  };
  const put = (next: Row[]) => {
    setDrafts(next);
    run(next);
  };
  return (
    <div className={styles.rows}>
      {drafts.map((row, index) => {
        const draft = row.text;
        const changed = (part: Partial<Row>) => (old: readonly Row[]) =>
          old.map((one, place) => (place === index ? { ...one, ...part } : one));
        const edit = (text: string) => setDrafts(changed({ text }));
        const menu = single !== true && (
          <RowMenu
            letter={letterOf(index)}
            isFirst={index === 0}
            isLast={index === drafts.length - 1}
            hidden={row.hidden}
            onHide={drafts.length > 1 || row.hidden ? () => put(changed({ hidden: !row.hidden })(drafts)) : undefined}
            onDuplicate={
              drafts.length < MOST_QUERIES
                ? () => put([...drafts.slice(0, index + 1), row, ...drafts.slice(index + 1)])
                : undefined
            }
            onMove={(by) => put(moved(drafts, index, by))}
            onWays={signal === "metrics" ? () => setWays(new Set([...ways, index])) : undefined}
          />
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its letter
          <div key={index}>
            <QueryRow
              letter={letterOf(index)}
              signal={signal}
              draft={draft}
              hidden={row.hidden}
              ran={rows[index]?.text}
              state={states[index] ?? EMPTY}
              language={language}
              hint={hint}
              menu={menu}
              onChange={edit}
              onRun={() => run(drafts)}
              onFormat={
                signal === "traces" ? undefined : () => void formatted(signal, draft).then(edit, () => run(drafts))
              }
              advice={advice?.[index]}
              onAdvice={(text) => run(changed({ text })(drafts))}
              onRemove={drafts.length > 1 ? () => put(drafts.filter((_, place) => place !== index)) : undefined}
            />
            {signal === "metrics" && (ways.has(index) || row.legend !== "" || row.step !== "") && (
              <RowWays letter={letterOf(index)} row={row} onChange={(part) => put(changed(part)(drafts))} />
            )}
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
          <button type="button" className={styles.toggle} onClick={() => setDrafts([...drafts, plainRow("")])}>
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
