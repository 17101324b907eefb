// Which source answers: one of this server's, or the one that a variable of the dashboard chooses.
import { NativeSelect } from "@mantine/core";
import { record, text } from "../../../api/decode";
import type { Dashboard } from "../../model/types";
import { SOURCES, sourceOptions } from "../../query/source";

interface Props {
  dashboard: Dashboard;
  value: unknown;
  onChange: (source: { readonly type: string; readonly uid: string }) => void;
  label?: string;
  /** For a row of small controls, where the label is read and not seen. */
  name?: string;
}

export function SourceField({ dashboard, value, onChange, label, name }: Props) {
  const written = typeof value === "string" ? value : text(record(value).uid);
  const type = typeof value === "string" ? "" : text(record(value).type);
  const options = [
    ...SOURCES.map(({ uid, name: shown, type: of }) => ({ value: uid, label: shown, type: of })),
    ...dashboard.variables
      .filter((one) => one.kind === "datasource")
      .map((one) => ({ value: `\${${one.name}}`, label: `The one of $${one.name}`, type: one.query })),
  ];
  const same = written === "" ? undefined : options.find((one) => one.value.replaceAll(/[${}]/g, "") === bare(written));
  const chosen = same?.value ?? (written === "" ? (sourceOptions(type)[0]?.value ?? "oriel-metrics") : written);
  const all = options.some((one) => one.value === chosen)
    ? options
    : [...options, { value: chosen, label: type === "" ? chosen : `${chosen} (${type})`, type }];
  return (
    <NativeSelect
      size="xs"
      {...(label === undefined ? { "aria-label": name ?? "Data source" } : { label })}
      value={chosen}
      data={all.map(({ value: own, label: shown }) => ({ value: own, label: shown }))}
      onChange={(event) => {
        const found = all.find((one) => one.value === event.currentTarget.value);
        if (found !== undefined) onChange({ type: found.type, uid: found.value });
      }}
    />
  );
}

/** `$ds`, `${ds}` and `[[ds]]` are the same name. */
function bare(written: string): string {
  return written.replaceAll(/[${}[\]]/g, "");
}
