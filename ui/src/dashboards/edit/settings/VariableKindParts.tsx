// What one kind of variable has and others have not.
import { NativeSelect, Switch } from "@mantine/core";
import { type Json, list, number, record, text } from "../../../api/decode";
import type { Path } from "../../model/patch/path";
import { refreshNumber } from "../../model/settings/variable";
import type { Dashboard, Variable } from "../../model/types";
import { NumberField } from "../fields/NumberField";
import { SourceField } from "../fields/SourceField";
import { TextField } from "../fields/TextField";
import { FilterRows } from "./FilterRows";
import { QuestionField } from "./QuestionField";
import styles from "./settings.module.css";
import { REFRESHES, SORTS } from "./variableWords";

interface Props {
  variable: Variable;
  item: Json;
  dashboard: Dashboard;
  put: (member: Path) => (value: unknown) => void;
}

const SOURCE_TYPES = [
  { value: "prometheus", label: "Metrics" },
  { value: "loki", label: "Logs" },
  { value: "tempo", label: "Traces" },
];

export function VariableKindParts(props: Props) {
  const { variable, item, dashboard, put } = props;
  switch (variable.kind) {
    case "query":
      return (
        <>
          <SourceField
            label="Data source"
            dashboard={dashboard}
            value={item.datasource}
            onChange={put(["datasource"])}
          />
          <QuestionField variable={variable} onChange={put(["query"])} />
          <div className={styles.two}>
            <PatternField {...props} />
            <Select label="Sorted" words={SORTS} value={variable.sort} onChange={put(["sort"])} />
            <Select label="Asked" words={REFRESHES} value={refreshNumber(item.refresh)} onChange={put(["refresh"])} />
          </div>
          <Choosing {...props} />
        </>
      );
    case "custom":
      return (
        <>
          <TextField
            label="Values"
            hint="a, b, Shown name : value"
            rows={2}
            value={variable.query}
            onChange={put(["query"])}
          />
          <Choosing {...props} />
        </>
      );
    case "datasource":
      return (
        <>
          <NativeSelect
            size="xs"
            label="Of"
            value={variable.query}
            data={
              SOURCE_TYPES.some((one) => one.value === variable.query)
                ? SOURCE_TYPES
                : [...SOURCE_TYPES, { value: variable.query, label: variable.query }]
            }
            onChange={(event) => put(["query"])(event.currentTarget.value)}
          />
          <PatternField {...props} />
          <Choosing {...props} />
        </>
      );
    case "interval":
      return <IntervalParts {...props} />;
    case "constant":
      return <TextField label="Value" value={variable.query} onChange={put(["query"])} />;
    case "textbox":
      return <TextField label="Value at first" value={variable.query} onChange={put(["query"])} />;
    case "switch":
      return <SwitchParts {...props} />;
    case "adhoc":
    case "groupby":
      return (
        <>
          <SourceField
            label="Data source"
            dashboard={dashboard}
            value={item.datasource}
            onChange={put(["datasource"])}
          />
          {variable.kind === "adhoc" && (
            <>
              <FilterRows label="Filters at first" filters={list(item.filters)} onChange={put(["filters"])} />
              <FilterRows
                label="Filters that always hold"
                filters={list(item.baseFilters)}
                onChange={put(["baseFilters"])}
              />
            </>
          )}
        </>
      );
  }
}

function PatternField({ variable, put }: Props) {
  return (
    <TextField
      label="Pattern"
      mono
      hint="/(?<text>.*)-(?<value>\d+)/"
      value={variable.regex}
      onChange={put(["regex"])}
    />
  );
}

interface SelectProps {
  label: string;
  words: readonly string[];
  value: number;
  onChange: (value: unknown) => void;
}

function Select({ label, words, value, onChange }: SelectProps) {
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={String(value)}
      data={words.map((word, at) => ({ value: String(at), label: word }))}
      onChange={(event) => onChange(Number(event.currentTarget.value))}
    />
  );
}

/** How many values may be chosen, and whether all at once. */
function Choosing({ variable, item, put }: Props) {
  const flag = (member: string, label: string, on: boolean) => (
    <Switch size="xs" label={label} checked={on} onChange={(event) => put([member])(event.currentTarget.checked)} />
  );
  return (
    <>
      <div className={styles.flags}>
        {flag("multi", "Several at once", variable.multi)}
        {flag("includeAll", "With “All”", variable.includeAll)}
        {flag("allowCustomValue", "Values of one's own", item.allowCustomValue !== false)}
      </div>
      {variable.includeAll && (
        <TextField
          label="“All” is written as"
          mono
          hint="every value, as a pattern"
          value={variable.allValue}
          onChange={(value) => put(["allValue"])(value || undefined)}
        />
      )}
    </>
  );
}

function IntervalParts({ variable, item, put }: Props) {
  return (
    <>
      <TextField label="Intervals" hint="1m,10m,1h" value={variable.query} onChange={put(["query"])} />
      <Switch
        size="xs"
        label="With “auto”: one that fits the shown time"
        checked={item.auto === true}
        onChange={(event) => put(["auto"])(event.currentTarget.checked)}
      />
      {item.auto === true && (
        <div className={styles.two}>
          <NumberField
            label="Steps in the shown time"
            value={number(item.auto_count)}
            onChange={put(["auto_count"])}
            hint="30"
          />
          <TextField label="Never under" hint="10s" value={text(item.auto_min)} onChange={put(["auto_min"])} />
        </div>
      )}
    </>
  );
}

function SwitchParts({ item, put }: Props) {
  const options = list(item.options).map(record);
  const value = (at: number, fallback: string) => text(options[at]?.value, fallback);
  const change = (at: number) => (next: string) =>
    put(["options"])(
      [0, 1].map((index) => ({
        text: text(options[index]?.text, index === 0 ? "Enabled" : "Disabled"),
        value: index === at ? next : value(index, index === 0 ? "true" : "false"),
      })),
    );
  const isOn = text(record(item.current).value) === value(0, "true");
  return (
    <>
      <div className={styles.two}>
        <TextField label="Value when on" value={value(0, "true")} onChange={change(0)} />
        <TextField label="Value when off" value={value(1, "false")} onChange={change(1)} />
      </div>
      <Switch
        size="xs"
        label="On at first"
        checked={isOn}
        onChange={(event) => {
          const next = event.currentTarget.checked ? value(0, "true") : value(1, "false");
          put(["current"])({ text: next, value: next });
        }}
      />
    </>
  );
}
