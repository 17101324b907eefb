// An error where it happened: what the server said, what to do, and the details to copy into a report.
import { ApiError } from "../api/http";
import { useCopied } from "./copy/useCopied";
import styles from "./Notice.module.css";

interface Props {
  error: unknown;
  title?: string;
  onRetry?: () => void;
}

export function ErrorNotice({ error, title, onRetry }: Props) {
  const [copied, copy] = useCopied();
  const message = error instanceof Error ? error.message : String(error);
  const details =
    error instanceof ApiError ? { message, status: error.status, requestId: error.requestId } : { message };
  return (
    <div className={styles.error} role="alert">
      <div className={styles.message}>
        <div className={styles.head}>{title ?? headline(error)}</div>
        {message}
        {error instanceof ApiError && error.requestId !== undefined && <div>request {error.requestId}</div>}
      </div>
      {onRetry !== undefined && (
        <button type="button" className={styles.quiet} onClick={onRetry}>
          Try again
        </button>
      )}
      <button
        type="button"
        className={styles.quiet}
        onClick={() => copy(JSON.stringify({ ...details, page: location.href }, null, 2))}
      >
        {copied ? "Copied" : "Copy details"}
      </button>
    </div>
  );
}

function headline(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something failed in this page";
  if (error.status === 0) return "The server cannot be reached";
  if (error.status === 429) return "Too many requests: narrow the range or wait a moment";
  if (error.status === 400 || error.status === 422) return "The query was refused";
  if (error.status === 401 || error.status === 403) return "You may not do this";
  if (error.status === 404) return "Not found";
  return `The server failed (status ${error.status})`;
}
