// Asks for a name and a password, or for a token. Where there are no users there is only the token.
import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/http";
import { fetchAccess, login } from "../../api/oriel/access";
import styles from "./access.module.css";
import { useAccess } from "./useAccess";

export function LoginForm({ before }: { before?: string | undefined }) {
  const client = useQueryClient();
  const { data } = useAccess();
  const hasUsers = data?.hasUsers === true;
  const [byToken, setByToken] = useState(false);
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const asksName = hasUsers && !byToken;
  const isFilled = secret.trim() !== "" && (!asksName || name.trim() !== "");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isFilled || busy) return;
    setBusy(true);
    setFault("");
    try {
      await login(asksName ? name.trim() : "", secret);
      const { name: now } = await fetchAccess();
      if (before !== undefined && before !== "" && now === before) {
        // The same person: the page that waits goes on, and what it lacks it asks for.
        await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "dashboard" });
        return;
      }
      // Everything that was asked before was asked as somebody else.
      if (location.pathname.endsWith("/login")) location.assign(document.baseURI);
      else location.reload();
    } catch (cause) {
      setFault(words(cause));
      setSecret("");
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} data-testid="login">
      {asksName && (
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
        />
      )}
      <TextInput
        key={asksName ? "password" : "token"}
        type="password"
        label={asksName ? "Password" : "Token"}
        {...(asksName ? {} : { description: "Of the configuration (auth.tokens), or of a service account" })}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        autoComplete="current-password"
        data-autofocus={asksName ? undefined : true}
      />
      {fault !== "" && (
        <div className={styles.fault} role="alert">
          {fault}
        </div>
      )}
      <Button type="submit" size="xs" loading={busy} disabled={!isFilled}>
        Log in
      </Button>
      {hasUsers && (
        <button
          type="button"
          className={styles.other}
          onClick={() => {
            setByToken(!byToken);
            setSecret("");
            setFault("");
          }}
        >
          {byToken ? "Use a name and password" : "Use a token"}
        </button>
      )}
    </form>
  );
}

function words(cause: unknown): string {
  if (cause instanceof ApiError && cause.status >= 500) return `The server failed: ${cause.message}`;
  return cause instanceof Error ? cause.message : String(cause);
}
