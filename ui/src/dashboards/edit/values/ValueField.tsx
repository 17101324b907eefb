// The control of one setting, by its kind. `undefined` takes the value away, so that what is usual holds again.
import { NativeSelect, Switch } from "@mantine/core";
import { number, record, text, texts } from "../../../api/decode";
import { useDashboard } from "../../page/DashboardContext";
import { CalcsField } from "../fields/CalcsField";
import { ColorField } from "../fields/ColorField";
import { NumberField } from "../fields/NumberField";
import { TextField } from "../fields/TextField";
import { UnitField } from "../fields/UnitField";
import type { Option } from "../options/optionForms";
import { wordOf } from "../options/options";
import { CellField } from "./CellField";
import { ColorModeField } from "./ColorModeField";
import { GapsField } from "./GapsField";
import { JsonField } from "./JsonField";
import { LinksField } from "./LinksField";
import { MappingsField } from "./MappingsField";
import { NamesField } from "./NamesField";
import { PairsField } from "./PairsField";
import { ThresholdsField } from "./ThresholdsField";
import styles from "./values.module.css";

interface Props {
  option: Pick<Option, "label" | "kind" | "choices" | "fallback" | "hint" | "words" | "numeric">;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function ValueField({ option, value, onChange }: Props) {
  const { label, kind, hint } = option;
  switch (kind) {
    case "flag":
      return (
        <Switch
          size="xs"
          label={label}
          checked={value === undefined ? option.fallback === true : value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "choice": {
      const chosen = text(value, text(option.fallback));
      const choices = option.choices ?? [];
      return (
        <NativeSelect
          size="xs"
          label={label}
          value={chosen}
          data={(choices.includes(chosen) ? choices : [...choices, chosen]).map((one) => ({
            value: one,
            label: option.words?.[one] ?? wordOf(one),
          }))}
          onChange={(event) => onChange(option.numeric ? Number(event.currentTarget.value) : event.currentTarget.value)}
        />
      );
    }
    case "variable":
      return <VariableChoice label={label} value={text(value)} onChange={onChange} />;
    case "number":
      return <NumberField label={label} hint={hint} value={number(value)} onChange={onChange} />;
    case "unit":
      return <UnitField label={label} value={text(value)} onChange={onChange} />;
    case "color":
      return <ColorModeField label={label} value={value} onChange={onChange} />;
    case "calcs":
      return <CalcsField label={label} hint={hint} value={texts(value)} onChange={onChange} />;
    case "names":
      return <NamesField label={label} choices={option.choices} value={texts(value)} onChange={onChange} />;
    case "shade":
      return <ColorField label={label} value={text(value, hint)} onChange={onChange} />;
    case "pairs":
      return <Headed label={label}>{<PairsField label={label} value={value} onChange={onChange} />}</Headed>;
    case "gaps":
      return <GapsField label={label} choices={option.choices} value={value} onChange={onChange} />;
    case "hides": {
      const told = record(value);
      return (
        <NamesField
          label={label}
          choices={HIDES}
          value={HIDES.filter((one) => told[one] === true)}
          onChange={(names) => onChange(Object.fromEntries(HIDES.map((one) => [one, names.includes(one)])))}
        />
      );
    }
    case "cell":
      return <CellField label={label} value={value} onChange={onChange} />;
    case "thresholds":
      return <Headed label={label}>{<ThresholdsField value={value} onChange={onChange} />}</Headed>;
    case "mappings":
      return <Headed label={label}>{<MappingsField value={value} onChange={onChange} />}</Headed>;
    case "links":
      return <Headed label={label}>{<LinksField label={label} value={value} onChange={onChange} />}</Headed>;
    case "json":
      return <Headed label={label}>{<JsonField label={label} value={value} onChange={onChange} />}</Headed>;
    default:
      return (
        <TextField
          label={label}
          hint={hint}
          {...(kind === "lines" ? { rows: 3 } : {})}
          value={text(value)}
          onChange={(typed) => onChange(typed === "" ? undefined : typed)}
        />
      );
  }
}

/** Where a series may be hidden. */
const HIDES = ["viz", "legend", "tooltip"];

function Headed({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <div className={styles.label}>{label}</div>
      {children}
    </div>
  );
}

function VariableChoice({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: unknown) => void;
}) {
  const { dashboard } = useDashboard();
  const names = dashboard.variables.map((one) => one.name);
  const data = [
    { value: "", label: "None" },
    ...(value === "" || names.includes(value) ? names : [value, ...names]).map((one) => ({
      value: one,
      label: `$${one}`,
    })),
  ];
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={value}
      data={data}
      onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
    />
  );
}
