// Events over charts: what is stored on this server, and what queries find.
import { Button, NativeSelect, Switch } from "@mantine/core";
import { useState } from "react";
import { list, number, record, text, texts } from "../../../api/decode";
import { parseAnnotation } from "../../model/parts/annotations";
import type { Path } from "../../model/patch/path";
import { settingItems, withItemMember } from "../../model/settings/items";
import { ColorField } from "../fields/ColorField";
import { SourceField } from "../fields/SourceField";
import { TextField } from "../fields/TextField";
import { ItemList } from "./ItemList";
import { PanelFilter } from "./PanelFilter";
import type { SettingsProps } from "./part";
import styles from "./settings.module.css";

export function AnnotationSettings(props: SettingsProps) {
  const { json, dashboard, onEdit } = props;
  const [open, setOpen] = useState<number>();
  const items = settingItems(json, "annotations");
  const item = open === undefined ? undefined : items[open];
  if (open === undefined || item === undefined) {
    const rows = items.map((one) => {
      const parsed = parseAnnotation(one);
      const what = parsed.kind === "stored" ? "stored on this server" : parsed.expr;
      return { name: parsed.name, what, mark: parsed.enabled ? "" : "off" };
    });
    return (
      <ItemList
        {...props}
        kind="annotations"
        title="Annotations"
        one="a query"
        empty="Annotations mark events on every chart: deployments, alerts, whatever a query finds."
        rows={rows}
        onOpen={setOpen}
      />
    );
  }
  const parsed = parseAnnotation(item);
  const put = (member: Path) => (value: unknown) =>
    onEdit((all) => withItemMember(all, "annotations", open, member, value));
  const isStored = parsed.kind === "stored";
  return (
    <div className={styles.form} data-testid="annotation-editor">
      <div className={styles.head}>
        <h2>{parsed.name}</h2>
        <Button size="xs" variant="default" onClick={() => setOpen(undefined)}>
          Back to the annotations
        </Button>
      </div>
      <div className={styles.row}>
        <TextField label="Name" value={parsed.name} onChange={put(["name"])} />
        <ColorField label="Colour of its marks" value={parsed.color} onChange={put(["iconColor"])} />
      </div>
      <div className={styles.flags}>
        <Switch
          size="xs"
          label="On"
          checked={parsed.enabled}
          onChange={(event) => put(["enable"])(event.currentTarget.checked)}
        />
        <Switch
          size="xs"
          label="No switch for it over the dashboard"
          checked={parsed.hidden}
          onChange={(event) => put(["hide"])(event.currentTarget.checked)}
        />
      </div>
      {isStored ? (
        <StoredParts item={item} put={put} />
      ) : (
        <>
          <SourceField
            label="Data source"
            dashboard={dashboard}
            value={item.datasource}
            onChange={put(["datasource"])}
          />
          <TextField label="Query" rows={3} mono value={parsed.expr} onChange={put(["expr"])} />
          <div className={styles.two}>
            <TextField
              label="Title"
              hint="{{job}} was deployed"
              value={parsed.titleFormat}
              onChange={put(["titleFormat"])}
            />
            <TextField label="Text" hint="{{version}}" value={parsed.textFormat} onChange={put(["textFormat"])} />
            <TextField
              label="Tags from labels"
              hint="job, version"
              value={parsed.tagKeys.join(", ")}
              onChange={put(["tagKeys"])}
            />
            <TextField label="Least step" hint="60s" value={parsed.step} onChange={put(["step"])} />
          </div>
          <Switch
            size="xs"
            label="The value is the time of the event"
            checked={parsed.timeInValue}
            onChange={(event) => put(["useValueForTime"])(event.currentTarget.checked)}
          />
        </>
      )}
      <PanelFilter panels={dashboard.panels} filter={parsed.panels} onChange={put(["filter"])} />
    </div>
  );
}

function StoredParts({
  item,
  put,
}: {
  item: ReturnType<typeof record>;
  put: (member: Path) => (value: unknown) => void;
}) {
  const target = record(item.target);
  const of = (name: string) => item[name] ?? target[name];
  const member = (name: string): Path =>
    item[name] !== undefined && target[name] === undefined ? [name] : ["target", name];
  const byTags = text(target.type) === "tags" || text(item.type) === "tags";
  return (
    <>
      <NativeSelect
        size="xs"
        label="Which"
        value={byTags ? "tags" : "dashboard"}
        data={[
          { value: "dashboard", label: "Of this dashboard" },
          { value: "tags", label: "Of any dashboard, by tags" },
        ]}
        onChange={(event) => put(["target", "type"])(event.currentTarget.value)}
      />
      {byTags && (
        <>
          <TextField
            label="Tags"
            value={texts(list(of("tags"))).join(", ")}
            onChange={(value) =>
              put(member("tags"))(value.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()])))
            }
          />
          <Switch
            size="xs"
            label="Any of them is enough"
            checked={of("matchAny") === true}
            onChange={(event) => put(member("matchAny"))(event.currentTarget.checked)}
          />
        </>
      )}
      <TextField
        label="At most"
        hint="100"
        value={String(number(of("limit")) ?? "")}
        onChange={(value) => put(member("limit"))(value === "" ? undefined : Number(value) || undefined)}
      />
    </>
  );
}
