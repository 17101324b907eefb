// Which fields are kept, in which order and under which names.
import { type Json, number, record, text } from "../../../api/decode";
import { IconButton } from "../../../ui/IconButton";
import { Toggle } from "../../../ui/Toggle";
import styles from "../edit.module.css";
import { TextField } from "../fields/TextField";
import { moved } from "../moved";

interface Props {
  options: Json;
  names: readonly string[];
  onChange: (options: Json) => void;
}

export function OrganizeForm({ options, names, onChange }: Props) {
  const hidden = record(options.excludeByName);
  const order = record(options.indexByName);
  const renamed = record(options.renameByName);
  const said = [...Object.keys(order), ...Object.keys(hidden), ...Object.keys(renamed)];
  const all = [...new Set([...names, ...said])];
  const place = (name: string) => number(order[name]) ?? all.length + all.indexOf(name);
  const sorted = [...all].sort((a, b) => place(a) - place(b));
  const put = (member: string, before: Json, name: string, value: unknown) => {
    const { [name]: _gone, ...rest } = before;
    onChange({ ...options, [member]: value === undefined ? rest : { ...rest, [name]: value } });
  };
  const move = (from: number, to: number) => {
    const next = moved(sorted, from, to);
    if (next !== undefined)
      onChange({ ...options, indexByName: Object.fromEntries(next.map((name, index) => [name, index])) });
  };
  if (sorted.length === 0) return <span className={styles.none}>The queries have brought no fields yet.</span>;
  return (
    <div className={styles.stepRows} data-testid="organize">
      {sorted.map((name, index) => (
        <div key={name} className={styles.stepRow}>
          <span className={styles.fieldName} title={name}>
            {name}
          </span>
          <TextField
            bare
            label={`Name of ${name}`}
            hint="renamed"
            value={text(renamed[name])}
            onChange={(typed) => put("renameByName", renamed, name, typed || undefined)}
          />
          <Toggle
            label={hidden[name] === true ? "Hidden" : "Shown"}
            on={hidden[name] !== true}
            onClick={() => put("excludeByName", hidden, name, hidden[name] === true ? undefined : true)}
          />
          <IconButton
            icon="up"
            label={`Move ${name} up`}
            size={24}
            disabled={index === 0}
            onClick={() => move(index, index - 1)}
          />
          <IconButton
            icon="down"
            label={`Move ${name} down`}
            size={24}
            disabled={index === sorted.length - 1}
            onClick={() => move(index, index + 1)}
          />
        </div>
      ))}
    </div>
  );
}
