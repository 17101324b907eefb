// An expression over the answers of other queries: its kind, and the form of that kind. A kind of others is shown as JSON.
import { NativeSelect } from "@mantine/core";
import { type Json, number, record, text } from "../../../api/decode";
import type { Path } from "../../model/patch/path";
import styles from "../edit.module.css";
import { NumberField } from "../fields/NumberField";
import { PickField } from "../fields/PickField";
import { TextField } from "../fields/TextField";
import { JsonField } from "../values/JsonField";
import { Conditions, Evaluator } from "./Conditions";
import { EXPRESSION_KINDS, expressionOf, readNames, THRESHOLD_EVALUATORS } from "./expressions";
import { QueryFrame, type QueryPlace } from "./QueryFrame";

interface Props {
  target: Json;
  place: QueryPlace;
  onChange: (path: Path, value: unknown) => void;
}

export function ExpressionForm({ target, place, onChange }: Props) {
  const { refId, others } = place;
  const kind = text(target.type);
  const isKnown = EXPRESSION_KINDS.some((one) => one.value === kind);
  return (
    <QueryFrame
      place={place}
      color="var(--text)"
      controls={
        <NativeSelect
          size="xs"
          aria-label={`Kind of expression ${refId}`}
          value={kind}
          data={isKnown ? EXPRESSION_KINDS : [...EXPRESSION_KINDS, { value: kind, label: kind || "Unknown" }]}
          onChange={(event) => onChange([], expressionOf(event.currentTarget.value, target, others))}
        />
      }
    >
      <div className={styles.stepForm} data-testid="expression">
        <Form kind={kind} target={target} names={others} refId={refId} onChange={onChange} />
      </div>
    </QueryFrame>
  );
}

interface FormProps {
  kind: string;
  target: Json;
  names: readonly string[];
  refId: string;
  onChange: Props["onChange"];
}

function Form({ kind, target, names, refId, onChange }: FormProps) {
  const written = text(target.expression);
  const input = (
    <PickField
      label="Of"
      value={readNames(target)[0] ?? ""}
      choices={names.map((one) => ({ value: one, label: one }))}
      onChange={(name) => onChange(["expression"], name)}
    />
  );
  switch (kind) {
    case "math":
      return (
        <div className={styles.stepRows}>
          <TextField
            label="Expression"
            hint="$A * 100 / $B"
            note={`Reads ${names.map((one) => `$${one}`).join(", ") || "no query yet"}; functions: abs, ceil, floor, round, log, is_nan, is_inf, is_null, is_number`}
            mono
            value={written}
            onChange={(typed) => onChange(["expression"], typed)}
          />
        </div>
      );
    case "reduce":
      return (
        <>
          {input}
          <Reduce target={target} onChange={onChange} />
        </>
      );
    case "resample":
      return (
        <>
          {input}
          <Resample target={target} onChange={onChange} />
        </>
      );
    case "threshold":
      return (
        <>
          {input}
          <Evaluator
            label="Is 1 where it"
            kinds={THRESHOLD_EVALUATORS}
            value={record(firstCondition(target).evaluator)}
            onChange={(evaluator) =>
              onChange(["conditions"], [{ type: "query", ...firstCondition(target), evaluator }])
            }
          />
        </>
      );
    case "classic_conditions":
      return <Conditions target={target} names={names} onChange={onChange} />;
    default:
      return <JsonField label={`Expression ${refId}`} value={target} onChange={(next) => onChange([], record(next))} />;
  }
}

function firstCondition(target: Json): Json {
  return record(Array.isArray(target.conditions) ? target.conditions[0] : undefined);
}

type PartProps = Omit<Props, "place">;

const REDUCERS = ["mean", "min", "max", "sum", "count", "last", "median"].map((one) => ({ value: one, label: one }));

const MODES = [
  { value: "", label: "Make the figure no number" },
  { value: "dropNN", label: "Are left out" },
  { value: "replaceNN", label: "Count as" },
];

function Reduce({ target, onChange }: PartProps) {
  const settings = record(target.settings);
  const mode = settings.mode === "strict" ? "" : text(settings.mode);
  return (
    <>
      <PickField
        label="Figure"
        value={text(target.reducer, "mean")}
        choices={REDUCERS}
        onChange={(reducer) => onChange(["reducer"], reducer)}
      />
      <PickField
        label="Values that are no numbers"
        value={mode}
        choices={MODES}
        onChange={(next) =>
          onChange(["settings"], { mode: next, ...(next === "replaceNN" ? { replaceWithValue: 0 } : {}) })
        }
      />
      {mode === "replaceNN" && (
        <NumberField
          label="Counted as"
          value={number(settings.replaceWithValue)}
          onChange={(value) => onChange(["settings", "replaceWithValue"], value ?? 0)}
        />
      )}
    </>
  );
}

const DOWN = REDUCERS.filter((one) => one.value !== "count");

const UP = [
  { value: "fillna", label: "Nothing" },
  { value: "pad", label: "The value before" },
  { value: "backfilling", label: "The value after" },
];

function Resample({ target, onChange }: PartProps) {
  return (
    <>
      <TextField
        label="To a point every"
        hint="1m"
        value={text(target.window)}
        onChange={(typed) => onChange(["window"], typed)}
      />
      <PickField
        label="Many points become their"
        value={text(target.downsampler, "mean")}
        choices={DOWN}
        onChange={(next) => onChange(["downsampler"], next)}
      />
      <PickField
        label="Where there is no point"
        value={text(target.upsampler, "fillna")}
        choices={UP}
        onChange={(next) => onChange(["upsampler"], next)}
      />
    </>
  );
}
