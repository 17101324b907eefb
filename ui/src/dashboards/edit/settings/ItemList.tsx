// One row an item: its name opens it; it is moved, copied and taken away here.
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { IconButton } from "../../../ui/IconButton";
import {
  type Items,
  kindOf,
  settingItems,
  withCopiedItem,
  withMovedItem,
  withNewItem,
  withoutItem,
} from "../../model/settings/items";
import type { SettingsProps } from "./part";
import styles from "./settings.module.css";

export interface Row {
  readonly name: string;
  readonly what: string;
  readonly mark?: ReactNode;
}

interface Props extends SettingsProps {
  kind: Items;
  title: string;
  /** What one of them is called. */
  one: string;
  /** Why there are any. */
  empty: string;
  rows: readonly Row[];
  onOpen: (index: number) => void;
  /** What is chosen beside the list: of which part of the dashboard they are. */
  children?: ReactNode;
}

export function ItemList({ json, onEdit, kind, title, one, empty, rows, onOpen, children }: Props) {
  const add = () => {
    onEdit((all) => withNewItem(all, kind));
    onOpen(settingItems(json, kind).length);
  };
  return (
    <div className={styles.form} data-testid={`${kindOf(kind)}-settings`}>
      <div className={styles.head}>
        <h2>{title}</h2>
        <Button size="xs" variant="default" onClick={add}>
          Add {one}
        </Button>
      </div>
      {children}
      {rows.length === 0 && <p className={styles.quiet}>{empty}</p>}
      <table className={styles.items}>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place
            <tr key={`${row.name} ${index}`} data-testid="settings-item">
              <td>
                <button type="button" className={styles.name} onClick={() => onOpen(index)}>
                  {row.name}
                </button>
              </td>
              <td className={styles.what} title={row.what}>
                {row.what}
              </td>
              <td className={styles.quiet}>{row.mark}</td>
              <td>
                <IconButton
                  icon="up"
                  label={`Move ${row.name} up`}
                  size={26}
                  disabled={index === 0}
                  onClick={() => onEdit((all) => withMovedItem(all, kind, index, index - 1))}
                />
                <IconButton
                  icon="down"
                  label={`Move ${row.name} down`}
                  size={26}
                  disabled={index === rows.length - 1}
                  onClick={() => onEdit((all) => withMovedItem(all, kind, index, index + 1))}
                />
                <IconButton
                  icon="copy"
                  label={`Duplicate ${row.name}`}
                  size={26}
                  onClick={() => onEdit((all) => withCopiedItem(all, kind, index))}
                />
                <IconButton
                  icon="close"
                  label={`Remove ${row.name}`}
                  size={26}
                  onClick={() => onEdit((all) => withoutItem(all, kind, index))}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
