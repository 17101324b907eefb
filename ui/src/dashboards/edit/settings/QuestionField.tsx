// The question of a variable: a template in words, or the text that dashboards store.
import { NativeSelect } from "@mantine/core";
import type { Variable } from "../../model/types";
import { readQuestion } from "../../variables/options";
import { TextField } from "../fields/TextField";
import styles from "./settings.module.css";

interface Props {
  variable: Variable;
  onChange: (query: string) => void;
}

/** Questions by what they ask for; the text behind each is what it begins as. */
const QUESTIONS = [
  { value: "label_values", label: "Values of a label", text: "label_values(job)" },
  { value: "label_names", label: "Names of labels", text: "label_names()" },
  { value: "metrics", label: "Names of metrics", text: "metrics(.*)" },
  { value: "query_result", label: "Series of a query", text: "query_result(up)" },
  { value: "unknown", label: "As text", text: "" },
];

export function QuestionField({ variable, onChange }: Props) {
  const question = readQuestion(variable.query);
  const put = (selector: string, label: string) =>
    onChange(selector === "" ? `label_values(${label})` : `label_values(${selector}, ${label})`);
  return (
    <>
      <NativeSelect
        size="xs"
        label="Asks for"
        value={question.kind}
        data={QUESTIONS.map(({ value, label }) => ({ value, label }))}
        onChange={(event) => {
          const found = QUESTIONS.find((one) => one.value === event.currentTarget.value);
          if (found !== undefined) onChange(found.text);
        }}
      />
      {question.kind === "label_values" && (
        <div className={styles.two}>
          <TextField label="Of the label" value={question.label} onChange={(label) => put(question.selector, label)} />
          <TextField
            label="Of series"
            mono
            hint={'up{job="$job"}, or any'}
            value={question.selector}
            onChange={(selector) => put(selector.trim(), question.label)}
          />
        </div>
      )}
      <TextField label="Query" mono rows={2} value={variable.query} onChange={onChange} />
    </>
  );
}
