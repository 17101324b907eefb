// Views beside each other of which one is shown; walked by the arrow keys.
import { type CSSProperties, type KeyboardEvent, useEffect, useRef } from "react";
import { Icon, type IconName } from "../Icon";
import styles from "./Tabs.module.css";

export interface TabItem<Id extends string> {
  readonly id: Id;
  readonly label: string;
  readonly icon?: IconName;
  /** The icon's colour. */
  readonly color?: string;
}

interface Props<Id extends string> {
  label: string;
  items: readonly TabItem<Id>[];
  selected: Id;
  onSelect: (id: Id) => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export function Tabs<Id extends string>({ label, items, selected, onSelect }: Props<Id>) {
  const list = useRef<HTMLDivElement>(null);
  const at = items.findIndex((one) => one.id === selected);
  // On a narrow page the tabs run beyond its edge: the chosen one must be seen. Once: who scrolls on from there, stays there.
  useEffect(() => {
    if (list.current !== null && list.current.scrollWidth > list.current.clientWidth)
      list.current.children[at]?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [at]);
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (at + step + items.length) % items.length;
    const item = items[next];
    if (item === undefined) return;
    const button = event.currentTarget.children[next];
    if (button instanceof HTMLElement) button.focus();
    onSelect(item.id);
  };
  return (
    <div ref={list} className={styles.tabs} role="tablist" aria-label={label} onKeyDown={onKey}>
      {items.map((one) => (
        <button
          type="button"
          key={one.id}
          role="tab"
          aria-selected={one.id === selected}
          tabIndex={one.id === selected ? 0 : -1}
          className={styles.tab}
          style={{ "--signal": one.color ?? "currentColor" } as CSSProperties}
          onClick={() => onSelect(one.id)}
        >
          {one.icon !== undefined && <Icon name={one.icon} size={16} />}
          {one.label}
        </button>
      ))}
    </div>
  );
}
