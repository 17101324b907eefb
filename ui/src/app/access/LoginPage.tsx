// Stands in the place of a page that nobody may read unknown. Once in, that page is there.
import { usePageTitle } from "../pageTitle";
import styles from "./access.module.css";
import { LoginForm } from "./LoginForm";

/** `before`: who was let in until now, and lost it. */
export function LoginPage({ before }: { before: string | undefined }) {
  usePageTitle("Log in");
  return (
    <section className={styles.page}>
      <h2>Log in</h2>
      <p>
        {before === undefined
          ? "This server shows nothing to those it does not know."
          : "The session ended. What was on the page is there again once you are in."}
      </p>
      <LoginForm before={before} />
    </section>
  );
}
