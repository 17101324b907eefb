// By which fields rows are put together, and which figures of the others are kept.
import { NativeSelect } from "@mantine/core";
import { type Json, record, text, texts } from "../../../api/decode";
import styles from "../edit.module.css";
import { CalcsField } from "../fields/CalcsField";

interface Props {
  options: Json;
  names: readonly string[];
  onChange: (options: Json) => void;
}

export function GroupByForm({ options, names, onChange }: Props) {
  const fields = record(options.fields);
  const all = [...new Set([...names, ...Object.keys(fields)])];
  const put = (name: string, value: Json | undefined) => {
    const { [name]: _gone, ...rest } = fields;
    onChange({ ...options, fields: value === undefined ? rest : { ...rest, [name]: value } });
  };
  if (all.length === 0) return <span className={styles.none}>The queries have brought no fields yet.</span>;
  return (
    <div className={styles.stepRows} data-testid="group-by">
      {all.map((name) => {
        const own = record(fields[name]);
        const operation = text(own.operation);
        return (
          <div key={name} className={styles.stepRow}>
            <span className={styles.fieldName} title={name}>
              {name}
            </span>
            <NativeSelect
              size="xs"
              aria-label={`What is done with ${name}`}
              value={operation}
              data={[
                { value: "", label: "Left out" },
                { value: "groupby", label: "Group by" },
                { value: "aggregate", label: "Figures" },
              ]}
              onChange={(event) => {
                const next = event.currentTarget.value;
                put(name, next === "" ? undefined : { aggregations: [], ...own, operation: next });
              }}
            />
            {operation === "aggregate" && (
              <CalcsField
                label=""
                value={texts(own.aggregations)}
                onChange={(aggregations) => put(name, { ...own, aggregations })}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}
