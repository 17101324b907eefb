// Which figure stands for the series of each query, where series become cells of a table.
import { NativeSelect } from "@mantine/core";
import { type Json, record, text } from "../../../api/decode";
import { REDUCERS, reducerLabel } from "../../data/reducers";

interface Props {
  options: Json;
  /** Letters of the queries. */
  letters: readonly string[];
  onChange: (options: Json) => void;
}

export function TrendForm({ options, letters, onChange }: Props) {
  return [...new Set([...letters, ...Object.keys(options)])].map((letter) => {
    const own = record(options[letter]);
    const chosen = text(own.stat, "lastNotNull");
    const data = REDUCERS.some((one) => one === chosen) ? REDUCERS : [...REDUCERS, chosen];
    return (
      <NativeSelect
        key={letter}
        size="xs"
        label={`Figure of ${letter}`}
        value={chosen}
        data={data.map((one) => ({ value: one, label: reducerLabel(one) }))}
        onChange={(event) => onChange({ ...options, [letter]: { ...own, stat: event.currentTarget.value } })}
      />
    );
  });
}
