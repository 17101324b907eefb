// Which fields an override is of: by name, pattern, type, query, or by a figure of their values.
import { NativeSelect } from "@mantine/core";
import { number, record, text, texts } from "../../api/decode";
import { IconButton } from "../../ui/IconButton";
import { REDUCERS, reducerLabel } from "../data/reducers";
import styles from "./edit.module.css";
import { NumberField } from "./fields/NumberField";
import { PickField } from "./fields/PickField";
import { TextField } from "./fields/TextField";
import { NamesField } from "./values/NamesField";

export const MATCHERS = [
  { value: "byName", label: "Field of the name" },
  { value: "byNames", label: "Fields of the names" },
  { value: "byRegexp", label: "Fields whose name matches" },
  { value: "byType", label: "Fields of the type" },
  { value: "byTypes", label: "Fields of the types" },
  { value: "byFrameRefID", label: "Fields of the query" },
  { value: "byValue", label: "Fields whose values are" },
];

const TYPES = ["number", "string", "time", "boolean"];

const COMPARISONS = [
  { value: "gt", label: "above" },
  { value: "gte", label: "at least" },
  { value: "lt", label: "below" },
  { value: "lte", label: "at most" },
  { value: "eq", label: "equal to" },
  { value: "neq", label: "not equal to" },
];

/** What a matcher begins with. */
export function argumentOf(matcher: string, names: readonly string[], letters: readonly string[]): unknown {
  switch (matcher) {
    case "byNames":
      return { mode: "exclude", names: [], prefix: "All except:", readOnly: false };
    case "byRegexp":
      return "/.*/";
    case "byType":
      return "number";
    case "byTypes":
      return ["number"];
    case "byFrameRefID":
      return letters[0] ?? "A";
    case "byValue":
      return { reducer: "allIsZero", op: "gte", value: 0 };
    default:
      return names[0] ?? "";
  }
}

interface Props {
  name: string;
  kind: string;
  value: unknown;
  names: readonly string[];
  letters: readonly string[];
  onChange: (value: unknown) => void;
}

export function Matched({ name, kind, value, names, letters, onChange }: Props) {
  const label = `Argument of ${name}`;
  if (kind === "byNames") return <Names name={name} value={value} names={names} onChange={onChange} />;
  if (kind === "byValue") return <Figure name={name} value={value} onChange={onChange} />;
  if (kind === "byTypes") return <NamesField label="Types" choices={TYPES} value={texts(value)} onChange={onChange} />;
  const choices = kind === "byType" ? TYPES : kind === "byName" ? names : letters;
  const chosen = text(value);
  if (kind === "byRegexp" || choices.length === 0) {
    const hint = kind === "byRegexp" ? "/pattern/" : "name";
    return <TextField bare mono label={label} hint={hint} value={chosen} onChange={onChange} />;
  }
  return (
    <PickField
      bare
      label={label}
      value={chosen}
      choices={choices.map((one) => ({ value: one, label: one }))}
      onChange={onChange}
    />
  );
}

type PartProps = Pick<Props, "name" | "value" | "onChange">;

/** Each name by itself: names of series have commas. */
function Names({ name, value, names, onChange }: PartProps & { names: readonly string[] }) {
  const before = record(value);
  const chosen = texts(before.names);
  const put = (next: readonly string[]) => onChange({ ...before, names: next });
  const left = names.filter((one) => !chosen.includes(one));
  return (
    <>
      <PickField
        bare
        label={`Which of ${name}`}
        value={before.mode === "exclude" ? "exclude" : "include"}
        choices={[
          { value: "include", label: "These" },
          { value: "exclude", label: "All except these" },
        ]}
        onChange={(mode) => onChange({ ...before, mode })}
      />
      {chosen.map((one) => (
        <div key={one} className={styles.overrideHead}>
          <span className={styles.fieldName} title={one}>
            {one}
          </span>
          <IconButton
            icon="close"
            label={`Remove ${one} from ${name}`}
            size={22}
            onClick={() => put(chosen.filter((two) => two !== one))}
          />
        </div>
      ))}
      {left.length === 0 ? (
        <TextField
          bare
          label={`Add a name to ${name}`}
          hint="Add a name"
          value=""
          onChange={(typed) => typed.trim() !== "" && put([...chosen, typed.trim()])}
        />
      ) : (
        <NativeSelect
          size="xs"
          aria-label={`Add a name to ${name}`}
          value=""
          data={[{ value: "", label: "Add a name" }, ...left]}
          onChange={(event) => event.currentTarget.value !== "" && put([...chosen, event.currentTarget.value])}
        />
      )}
    </>
  );
}

const FIGURES = REDUCERS.map((one) => ({ value: one, label: reducerLabel(one) }));

/** Figures that say yes or no are compared with nothing. */
const SAID = new Set(["allIsZero", "allIsNull"]);

function Figure({ name, value, onChange }: PartProps) {
  const before = record(value);
  const reducer = text(before.reducer, "lastNotNull");
  return (
    <>
      <PickField
        bare
        label={`Figure of ${name}`}
        value={reducer}
        choices={FIGURES}
        onChange={(next) => onChange({ ...before, reducer: next })}
      />
      {!SAID.has(reducer) && (
        <div className={styles.condition}>
          <PickField
            bare
            label={`Comparison of ${name}`}
            value={text(before.op, "gte")}
            choices={COMPARISONS}
            onChange={(op) => onChange({ ...before, op })}
          />
          <NumberField
            bare
            label={`Number of ${name}`}
            value={number(before.value)}
            onChange={(limit) => onChange({ ...before, value: limit ?? 0 })}
          />
        </div>
      )}
    </>
  );
}
