// The settings of a panel, those that its type has; of fields, those that hold for all of them.
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { Toggle } from "../../ui/Toggle";
import { atPath } from "../model/patch/path";
import { PANEL_TYPES } from "../model/types";
import styles from "./edit.module.css";
import type { Option } from "./options/optionForms";
import { OPTIONS, wordOf } from "./options/options";
import type { PartProps } from "./part";
import { ValueField } from "./values/ValueField";

interface Props extends PartProps {
  type: string;
  /** Types that suit what was answered. */
  suggested: readonly string[];
}

export function Settings({ json, type, suggested, onChange }: Props) {
  const [words, setWords] = useState("");
  const asked = words.trim().toLowerCase();
  const shown = OPTIONS.filter(
    (one) =>
      one.onlyOverride !== true &&
      (one.types === undefined || one.types.includes(type)) &&
      (asked === "" || `${one.group} ${one.label}`.toLowerCase().includes(asked)),
  );
  const groups = [...new Set(shown.map((one) => one.group))];
  return (
    <div className={styles.options}>
      <NativeSelect
        size="xs"
        label="Panel"
        value={type}
        data={PANEL_TYPES.filter((one) => one !== "row").map((one) => ({ value: one, label: wordOf(one) }))}
        onChange={(event) => onChange(["type"], event.currentTarget.value)}
        data-testid="panel-type"
      />
      {suggested.length > 0 && (
        <div className={styles.suggested}>
          Suits the data
          {suggested.map((one) => (
            <Toggle key={one} label={wordOf(one)} on={one === type} onClick={() => onChange(["type"], one)} />
          ))}
        </div>
      )}
      <input
        className={styles.find}
        placeholder="Find a setting"
        aria-label="Find a setting"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          {shown
            .filter((one) => one.group === group)
            .map((one) => (
              <ValueField
                key={one.path.join(".")}
                option={one}
                value={read(json, one)}
                onChange={(value) => onChange(one.path, value)}
              />
            ))}
        </section>
      ))}
      {groups.length === 0 && <p className={styles.none}>No setting of that name.</p>}
    </div>
  );
}

/** Thresholds of before stand beside the colours; the rest stands where it says. */
function read(json: PartProps["json"], option: Option): unknown {
  return atPath(json, option.path);
}
