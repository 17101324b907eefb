// Conditions of the older kind: figures of queries against numbers, joined by "and" and "or"; and the comparison alone.
import { type Json, list, number, record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import type { Path } from "../../model/patch/path";
import { atPath, withPath } from "../../model/patch/path";
import styles from "../edit.module.css";
import { NumberField } from "../fields/NumberField";
import { PickField } from "../fields/PickField";
import { CONDITION_EVALUATORS, conditionOf, limitsOf } from "./expressions";

interface EvaluatorProps {
  label: string;
  kinds: readonly { readonly value: string; readonly label: string }[];
  value: Json;
  onChange: (evaluator: Json) => void;
  bare?: boolean;
}

export function Evaluator({ label, kinds, value, onChange, bare = false }: EvaluatorProps) {
  const kind = text(value.type, "gt");
  const params = list(value.params);
  const limits = Array.from({ length: limitsOf(kind) }, (_, at) => number(params[at]) ?? 0);
  return (
    <>
      <PickField
        bare={bare}
        label={label}
        value={kind}
        choices={kinds}
        onChange={(type) => {
          const kept = Array.from({ length: limitsOf(type) }, (_, at) => limits[at] ?? limits[0] ?? 0);
          onChange({ ...value, type, params: kept });
        }}
      />
      {limits.map((limit, at) => (
        <NumberField
          // biome-ignore lint/suspicious/noArrayIndexKey: a limit is its place
          key={at}
          bare={bare}
          label={`${bare ? `${label}: ` : ""}${at === 0 ? "Number" : "And"}`}
          value={limit}
          onChange={(next) =>
            onChange({ ...value, type: kind, params: limits.map((one, other) => (other === at ? (next ?? 0) : one)) })
          }
        />
      ))}
    </>
  );
}

const FIGURES = [
  "avg",
  "min",
  "max",
  "sum",
  "count",
  "last",
  "median",
  "diff",
  "diff_abs",
  "percent_diff",
  "percent_diff_abs",
  "count_non_null",
].map((one) => ({ value: one, label: one.replaceAll("_", " ") }));

const JOINS = [
  { value: "and", label: "and" },
  { value: "or", label: "or" },
];

interface Props {
  target: Json;
  names: readonly string[];
  onChange: (path: Path, value: unknown) => void;
}

export function Conditions({ target, names, onChange }: Props) {
  const conditions = list(target.conditions).map(record);
  const put = (next: readonly Json[]) => onChange(["conditions"], next);
  return (
    <div className={styles.stepRows}>
      {conditions.map((one, index) => {
        const name = `condition ${index + 1}`;
        const change = (path: Path, value: unknown) =>
          put(conditions.map((other, at) => (at === index ? record(withPath(other, path, value)) : other)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place
          <div key={index} className={styles.condition}>
            {index > 0 && (
              <PickField
                bare
                label={`Join of ${name}`}
                value={text(atPath(one, ["operator", "type"]), "and")}
                choices={JOINS}
                onChange={(type) => change(["operator", "type"], type)}
              />
            )}
            <PickField
              bare
              label={`Figure of ${name}`}
              value={text(atPath(one, ["reducer", "type"]), "avg")}
              choices={FIGURES}
              onChange={(type) => change(["reducer", "type"], type)}
            />
            <PickField
              bare
              label={`Query of ${name}`}
              value={text(atPath(one, ["query", "params", 0]))}
              choices={names.map((letter) => ({ value: letter, label: `of ${letter}` }))}
              onChange={(letter) => change(["query", "params"], [letter])}
            />
            <Evaluator
              bare
              label={`Comparison of ${name}`}
              kinds={CONDITION_EVALUATORS}
              value={record(one.evaluator)}
              onChange={(evaluator) => change(["evaluator"], evaluator)}
            />
            <IconButton
              icon="close"
              label={`Remove ${name}`}
              size={24}
              disabled={conditions.length === 1}
              onClick={() => put(conditions.filter((_, at) => at !== index))}
            />
          </div>
        );
      })}
      <button type="button" className={styles.add} onClick={() => put([...conditions, conditionOf(names[0] ?? "A")])}>
        Add a condition
      </button>
    </div>
  );
}
