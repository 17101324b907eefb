// A text to be copied: marked as soon as one is in it.
import styles from "../page.module.css";

export function ShareText({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <textarea
      className={styles.shareText}
      readOnly
      rows={4}
      value={text}
      aria-label={label}
      onFocus={(event) => event.currentTarget.select()}
    />
  );
}
