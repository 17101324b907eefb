// The variables of a dashboard: their list, and one of them open.
import { Button, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { text } from "../../../api/decode";
import { sectionsOf } from "../../model/groups/groups";
import { parseVariable } from "../../model/parts/variable";
import { type Items, settingItems } from "../../model/settings/items";
import type { Variables } from "../../page/variables/useVariables";
import { namesIn } from "../../variables/interpolate";
import { ItemList } from "./ItemList";
import type { SettingsProps } from "./part";
import styles from "./settings.module.css";
import { VariableEditor } from "./VariableEditor";
import { VARIABLE_WORDS } from "./variableWords";

export function VariableSettings(props: SettingsProps & { variables: Variables }) {
  const { json, variables, ...rest } = props;
  const [open, setOpen] = useState<number>();
  const [section, setSection] = useState("");
  const sections = sectionsOf(props.dashboard);
  const chosen = sections.find((one) => one.path.join(".") === section);
  const which: Items = chosen === undefined ? "variables" : { section: chosen.path };
  const items = settingItems(json, which);
  const item = open === undefined ? undefined : items[open];
  if (open !== undefined && item !== undefined) {
    const name = text(item.name);
    return (
      <div className={styles.form} data-testid="variable-editor">
        <div className={styles.head}>
          <h2>${name}</h2>
          <Button size="xs" variant="default" onClick={() => setOpen(undefined)}>
            Back to the variables
          </Button>
        </div>
        <VariableEditor {...rest} json={json} items={which} index={open} item={item} variables={variables} />
      </div>
    );
  }
  const used = new Set(namesIn(JSON.stringify(json)));
  const repeats = JSON.stringify(json);
  const rows = items.map((one) => {
    const variable = parseVariable(one);
    const isUsed =
      variable.kind === "adhoc" || used.has(variable.name) || repeats.includes(`"repeat":"${variable.name}"`);
    return {
      name: variable.name,
      what: variable.query || VARIABLE_WORDS[variable.kind],
      mark: isUsed ? VARIABLE_WORDS[variable.kind] : "nothing uses it",
    };
  });
  return (
    <ItemList
      {...props}
      kind={which}
      title="Variables"
      one="a variable"
      empty="Variables let one dashboard serve every job, host or region: $name stands for what was chosen."
      rows={rows}
      onOpen={setOpen}
    >
      {sections.length > 0 && (
        <NativeSelect
          size="xs"
          label="Of"
          data-testid="variables-of"
          value={section}
          data={[
            { value: "", label: "The whole dashboard" },
            ...sections.map((one) => ({ value: one.path.join("."), label: one.title })),
          ]}
          onChange={(event) => setSection(event.currentTarget.value)}
        />
      )}
    </ItemList>
  );
}
