// Stands in the place of a page that nobody may read unknown. Once in, that page is there.
import { usePageTitle } from "../pageTitle";
import styles from "./access.module.css";
import { LoginForm } from "./LoginForm";

export function LoginPage() {
  usePageTitle("Log in");
  return (
    <section className={styles.page}>
      <h2>Log in</h2>
      <p>This server shows nothing to those it does not know.</p>
      <LoginForm />
    </section>
  );
}
