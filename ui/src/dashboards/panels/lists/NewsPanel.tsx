// A feed of another site. Pages of Oriel load nothing from elsewhere, so there is a link to it instead.
import { text } from "../../../api/decode";
import { safeHref } from "../compute/links";
import { NoData } from "../NoData";
import type { PanelProps } from "../panel";
import styles from "../panels.module.css";

export function NewsPanel({ panel }: PanelProps) {
  const href = safeHref(text(panel.options.feedUrl));
  if (href === undefined) return <NoData text="No feed" />;
  return (
    <div className={styles.words}>
      <p>This page loads nothing from other servers. The feed is here:</p>
      <p>
        <a href={href} target="_blank" rel="noreferrer">
          {href}
        </a>
      </p>
    </div>
  );
}
