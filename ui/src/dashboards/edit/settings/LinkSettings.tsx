// Links over the dashboard: to an address, or to all dashboards with some tags.
import { Button, NativeSelect, Switch } from "@mantine/core";
import { useState } from "react";
import { list, record, text, texts } from "../../../api/decode";
import { settingItems, withItemMember } from "../../model/settings/items";
import { TextField } from "../fields/TextField";
import { ItemList } from "./ItemList";
import type { SettingsProps } from "./part";
import styles from "./settings.module.css";

const ICONS = ["external link", "dashboard", "question", "info", "bolt", "doc", "cloud"];

export function LinkSettings(props: SettingsProps) {
  const { json, onEdit } = props;
  const [open, setOpen] = useState<number>();
  const items = settingItems(json, "links").map(record);
  const item = open === undefined ? undefined : items[open];
  if (open === undefined || item === undefined) {
    const rows = items.map((one) => ({
      name: text(one.title) || "Untitled",
      what: one.type === "dashboards" ? texts(one.tags).join(", ") : text(one.url),
    }));
    return (
      <ItemList
        {...props}
        kind="links"
        title="Links"
        one="a link"
        empty="Links lead from this dashboard to others, to runbooks, to anywhere."
        rows={rows}
        onOpen={setOpen}
      />
    );
  }
  const put = (member: string) => (value: unknown) =>
    onEdit((all) => withItemMember(all, "links", open, [member], value));
  const flag = (member: string, label: string) => (
    <Switch
      size="xs"
      label={label}
      checked={item[member] === true}
      onChange={(event) => put(member)(event.currentTarget.checked)}
    />
  );
  const isTags = item.type === "dashboards";
  return (
    <div className={styles.form} data-testid="link-editor">
      <div className={styles.head}>
        <h2>{text(item.title) || "Link"}</h2>
        <Button size="xs" variant="default" onClick={() => setOpen(undefined)}>
          Back to the links
        </Button>
      </div>
      <TextField label="Title" value={text(item.title)} onChange={put("title")} />
      <NativeSelect
        size="xs"
        label="Leads to"
        value={isTags ? "dashboards" : "link"}
        data={[
          { value: "link", label: "An address" },
          { value: "dashboards", label: "Dashboards with tags" },
        ]}
        onChange={(event) => put("type")(event.currentTarget.value)}
      />
      {isTags ? (
        <>
          <TextField
            label="Tags"
            hint="host, production"
            value={list(item.tags).join(", ")}
            onChange={(value) =>
              put("tags")(value.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()])))
            }
          />
          {flag("asDropdown", "In a menu")}
        </>
      ) : (
        <>
          <TextField label="Address" hint="https://… or /d/uid" value={text(item.url)} onChange={put("url")} />
          <NativeSelect
            size="xs"
            label="Icon"
            value={text(item.icon, "external link")}
            data={ICONS.includes(text(item.icon, "external link")) ? ICONS : [text(item.icon), ...ICONS]}
            onChange={(event) => put("icon")(event.currentTarget.value)}
          />
          <TextField label="Tooltip" value={text(item.tooltip)} onChange={put("tooltip")} />
        </>
      )}
      <div className={styles.flags}>
        {flag("keepTime", "With the shown time")}
        {flag("includeVars", "With the chosen variables")}
        {flag("targetBlank", "In a new tab")}
      </div>
    </div>
  );
}
