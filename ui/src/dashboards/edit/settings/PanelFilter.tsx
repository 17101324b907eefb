// On which panels the events of a query are drawn.
import { NativeSelect, Switch } from "@mantine/core";
import type { AnnotationQuery, Panel } from "../../model/types";
import styles from "./settings.module.css";

interface Props {
  panels: readonly Panel[];
  filter: AnnotationQuery["panels"];
  onChange: (filter: { readonly exclude: boolean; readonly ids: readonly number[] } | undefined) => void;
}

export function PanelFilter({ panels, filter, onChange }: Props) {
  const all = panels.flatMap((one) => [one, ...one.panels]).filter((one) => one.type !== "row");
  const mode = filter === undefined ? "all" : filter.exclude ? "except" : "only";
  const ids = filter?.ids ?? [];
  return (
    <>
      <NativeSelect
        size="xs"
        label="Drawn on"
        value={mode}
        data={[
          { value: "all", label: "All panels" },
          { value: "only", label: "Only these panels" },
          { value: "except", label: "All panels except these" },
        ]}
        onChange={(event) => {
          const next = event.currentTarget.value;
          const first = all[0]?.id;
          if (next === "all") onChange(undefined);
          else onChange({ exclude: next === "except", ids: ids.length > 0 || first === undefined ? ids : [first] });
        }}
      />
      {filter !== undefined && (
        <div className={styles.flags}>
          {all.map((one) => (
            <Switch
              key={one.id}
              size="xs"
              label={one.title || `Panel ${one.id}`}
              checked={ids.includes(one.id)}
              onChange={(event) =>
                onChange({
                  exclude: filter.exclude,
                  ids: event.currentTarget.checked ? [...ids, one.id] : ids.filter((id) => id !== one.id),
                })
              }
            />
          ))}
        </div>
      )}
    </>
  );
}
