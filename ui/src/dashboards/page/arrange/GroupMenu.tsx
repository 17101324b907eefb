// What one does with a row or a tab while the dashboard is arranged: name it, repeat it, close it, move it, take it away.
import { Button, NativeSelect, Popover, Switch } from "@mantine/core";
import { useState } from "react";
import { IconButton } from "../../../ui/IconButton";
import { TextField } from "../../edit/fields/TextField";
import type { GroupSettings } from "../../model/groups/groups";
import { useDashboard } from "../DashboardContext";
import styles from "../page.module.css";
import { type GridChange, GridFields } from "./GridFields";

export interface GroupEdits {
  readonly onTitle: (title: string) => void;
  readonly onRepeat: (variable: string) => void;
  readonly onClosed: (closed: boolean) => void;
  readonly onGrid: (change: GridChange) => void;
  readonly onMove: (by: number) => void;
  readonly onRemove: (keepPanels: boolean) => void;
}

export function GroupMenu({ group, edits }: { group: GroupSettings; edits: GroupEdits }) {
  const [open, setOpen] = useState(false);
  const { dashboard } = useDashboard();
  const word = group.kind === "tab" ? "tab" : "row";
  const name = group.title || word;
  const names = dashboard.variables.map((one) => one.name);
  const remove = (keep: boolean) => {
    setOpen(false);
    edits.onRemove(keep);
  };
  return (
    <span className={styles.groupMenu}>
      <IconButton
        icon={group.kind === "tab" ? "left" : "up"}
        label={`Move ${name} ${group.kind === "tab" ? "left" : "up"}`}
        size={24}
        onClick={() => edits.onMove(-1)}
      />
      <IconButton
        icon={group.kind === "tab" ? "right" : "down"}
        label={`Move ${name} ${group.kind === "tab" ? "right" : "down"}`}
        size={24}
        onClick={() => edits.onMove(1)}
      />
      <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} width={280} trapFocus>
        <Popover.Target>
          <span>
            <IconButton icon="settings" label={`Settings of ${name}`} size={24} onClick={() => setOpen(!open)} />
          </span>
        </Popover.Target>
        <Popover.Dropdown>
          <div className={styles.form}>
            <TextField label="Title" value={group.title} onChange={edits.onTitle} />
            <NativeSelect
              size="xs"
              label="For each value of"
              value={group.repeat}
              data={[
                { value: "", label: "Not repeated" },
                ...(group.repeat === "" || names.includes(group.repeat) ? names : [group.repeat, ...names]).map(
                  (one) => ({
                    value: one,
                    label: `$${one}`,
                  }),
                ),
              ]}
              onChange={(event) => edits.onRepeat(event.currentTarget.value)}
            />
            {group.kind === "row" && (
              <Switch
                size="xs"
                label="Closed at first"
                checked={group.closed}
                onChange={(event) => edits.onClosed(event.currentTarget.checked)}
              />
            )}
            {group.grid !== undefined && <GridFields grid={group.grid} onChange={edits.onGrid} />}
            <div className={styles.stacked}>
              <Button size="compact-xs" variant="default" onClick={() => remove(true)}>
                Remove the {word}, keep panels
              </Button>
              <Button size="compact-xs" color="red" variant="light" onClick={() => remove(false)}>
                Remove all
              </Button>
            </div>
          </div>
        </Popover.Dropdown>
      </Popover>
    </span>
  );
}
