// One variable: what all kinds have, what its kind has, and the values it comes to right now.
import { NativeSelect } from "@mantine/core";
import { type Json, number, text } from "../../../api/decode";
import { parseVariable } from "../../model/parts/variable";
import type { Path } from "../../model/patch/path";
import { type Items, settingItems, withItemMember, withVariableKind } from "../../model/settings/items";
import type { VariableKind } from "../../model/types";
import type { Variables } from "../../page/variables/useVariables";
import { TextField } from "../fields/TextField";
import type { SettingsProps } from "./part";
import styles from "./settings.module.css";
import { VariableKindParts } from "./VariableKindParts";
import { VariablePreview } from "./VariablePreview";
import { HIDES, VARIABLE_WORDS } from "./variableWords";

interface Props extends SettingsProps {
  items: Items;
  index: number;
  item: Json;
  variables: Variables;
}

/** What a name may be, so that `$name` finds its end. */
const NAME = /^\w+$/;

export function VariableEditor({ json, dashboard, onEdit, items, index, item, variables }: Props) {
  const variable = parseVariable(item);
  const put = (member: Path) => (value: unknown) => onEdit((all) => withItemMember(all, items, index, member, value));
  const taken = settingItems(json, items).some((one, at) => at !== index && text(one.name) === variable.name);
  const fault = taken
    ? "Another variable has this name; the first one counts."
    : NAME.test(variable.name)
      ? undefined
      : "Letters, digits and underscores only.";
  return (
    <>
      <div className={styles.two}>
        <NativeSelect
          size="xs"
          label="Kind"
          value={variable.kind}
          data={(Object.keys(VARIABLE_WORDS) as VariableKind[]).map((one) => ({
            value: one,
            label: VARIABLE_WORDS[one],
          }))}
          onChange={(event) => {
            const kind = event.currentTarget.value;
            onEdit((all) => withVariableKind(all, items, index, kind));
          }}
        />
        <TextField label="Name" value={variable.name} error={fault} onChange={put(["name"])} />
        <TextField
          label="Label"
          hint={variable.name}
          value={text(item.label)}
          onChange={(value) => put(["label"])(value || undefined)}
        />
        <NativeSelect
          size="xs"
          label="Shown over the dashboard"
          value={String(Math.min(2, number(item.hide) ?? 0))}
          data={HIDES.map((label, value) => ({ value: String(value), label }))}
          onChange={(event) => put(["hide"])(Number(event.currentTarget.value))}
        />
      </div>
      <TextField
        label="Description"
        value={text(item.description)}
        onChange={(value) => put(["description"])(value || undefined)}
      />
      <h3>{VARIABLE_WORDS[variable.kind]}</h3>
      <VariableKindParts variable={variable} item={item} dashboard={dashboard} put={put} />
      <VariablePreview variable={variable} variables={variables} />
    </>
  );
}
