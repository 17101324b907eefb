// The settings of a panel, those that its type has.
import { NativeSelect, Switch, TextInput } from "@mantine/core";
import { list, text } from "../../api/decode";
import { atPath } from "../model/path";
import { PANEL_TYPES } from "../model/types";
import styles from "./edit.module.css";
import { CHOICES, OPTIONS, type Option } from "./options";
import type { PartProps } from "./part";
import { Thresholds } from "./Thresholds";

export function Settings({ json, type, onChange }: PartProps & { type: string }) {
  const shown = OPTIONS.filter((one) => one.types === undefined || one.types.includes(type));
  const groups = [...new Set(shown.map((one) => one.group))];
  return (
    <div className={styles.options}>
      <NativeSelect
        size="xs"
        label="Panel"
        value={type}
        data={PANEL_TYPES.filter((one) => one !== "row").map((one) => ({ value: one, label: CHOICES[one] ?? one }))}
        onChange={(event) => onChange(["type"], event.currentTarget.value)}
        data-testid="panel-type"
      />
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          {shown
            .filter((one) => one.group === group)
            .map((one) => (
              <Setting
                key={one.path.join(".")}
                option={one}
                value={atPath(json, one.path)}
                onChange={(value) => onChange(one.path, value)}
              />
            ))}
        </section>
      ))}
      <section>
        <h3>Thresholds</h3>
        <Thresholds json={json} onChange={onChange} />
      </section>
    </div>
  );
}

function Setting({ option, value, onChange }: { option: Option; value: unknown; onChange: (value: unknown) => void }) {
  if (option.kind === "flag") {
    return (
      <Switch
        size="xs"
        label={option.label}
        checked={value === undefined ? option.fallback === true : value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (option.kind === "choice") {
    return (
      <NativeSelect
        size="xs"
        label={option.label}
        value={text(value, text(option.fallback))}
        data={(option.choices ?? []).map((one) => ({ value: one, label: CHOICES[one] ?? one }))}
        onChange={(event) => onChange(option.list === true ? [event.currentTarget.value] : event.currentTarget.value)}
      />
    );
  }
  const shown = option.list === true ? text(list(value)[0]) : text(value);
  return (
    <TextInput
      key={shown}
      size="xs"
      label={option.label}
      placeholder={option.hint}
      defaultValue={shown}
      onBlur={(event) => {
        const typed = event.currentTarget.value;
        if (typed === shown) return;
        if (option.kind === "number")
          onChange(typed.trim() === "" || Number.isNaN(Number(typed)) ? undefined : Number(typed));
        else onChange(typed === "" ? undefined : typed);
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}
