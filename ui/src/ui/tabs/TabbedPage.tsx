// A page of views of which one is shown: tabs on top, and below them what scrolls.
import type { ComponentProps, ReactNode } from "react";
import styles from "./TabbedPage.module.css";
import { Tabs } from "./Tabs";

interface Props<Id extends string> extends ComponentProps<typeof Tabs<Id>> {
  /** How the shown view is laid out. */
  className: string | undefined;
  children: ReactNode;
}

export function TabbedPage<Id extends string>({ className = "", children, ...tabs }: Props<Id>) {
  const shown = tabs.items.find((one) => one.id === tabs.selected);
  return (
    <div className={styles.page}>
      <div className={styles.tabs}>
        <Tabs {...tabs} />
      </div>
      <div className={`${styles.body} ${className}`} role="tabpanel" aria-label={shown?.label}>
        {children}
      </div>
    </div>
  );
}
