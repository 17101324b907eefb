// Asks for a token. Whoever has none is told where tokens come from.
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { login } from "../../api/oriel/access";
import { ErrorNotice } from "../../ui/ErrorNotice";
import styles from "./access.module.css";

export function LoginForm() {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await login(token);
      // Everything that was asked before was asked as somebody else.
      if (location.pathname.endsWith("/login")) location.assign(document.baseURI);
      else location.reload();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} data-testid="login">
      <TextInput
        type="password"
        label="Token"
        description="Of the configuration (auth.tokens), or of a service account"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        autoComplete="current-password"
        data-autofocus
      />
      {error !== undefined && <ErrorNotice error={error} title="Not logged in" />}
      <Button type="submit" size="xs" loading={busy} disabled={token.trim() === ""}>
        Log in
      </Button>
    </form>
  );
}
