// The tokens of one account, and the one that was just made, which nobody can read again.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Account, addToken, listTokens, removeToken } from "../../api/oriel/accounts";
import { absolute } from "../../time/range";
import { CopyButton } from "../../ui/copy/CopyButton";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";

const DAY_S = 86_400;
const LIVES = [
  { value: "0", label: "Until it is taken away" },
  { value: String(7 * DAY_S), label: "A week" },
  { value: String(30 * DAY_S), label: "30 days" },
  { value: String(365 * DAY_S), label: "A year" },
];

export function AccountTokens({ account }: { account: Account }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [life, setLife] = useState("0");
  const tokens = useQuery({
    queryKey: ["accounts", account.id, "tokens"],
    queryFn: ({ signal }) => listTokens(account.id, signal),
    staleTime: 0,
  });
  const onSettled = () => client.invalidateQueries({ queryKey: ["accounts"] });
  const add = useMutation({
    mutationFn: () => addToken(account.id, name.trim(), Number(life)),
    onSuccess: () => setName(""),
    onSettled,
  });
  const remove = useMutation({ mutationFn: (id: number) => removeToken(account.id, id), onSettled });
  const error = tokens.error ?? add.error ?? remove.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <div className={styles.nested} data-testid="tokens">
      {error !== null && <ErrorNotice error={error} />}
      {add.data !== undefined && (
        <div className={styles.fresh} role="status" data-testid="fresh-token">
          <span>Copy it now, it is not shown again:</span> <code>{add.data}</code>{" "}
          <CopyButton label="Copy the token" text={() => add.data ?? ""} />
        </div>
      )}
      {tokens.data === undefined && tokens.error === null && <SkeletonRows rows={2} />}
      {(tokens.data ?? []).map((one) => (
        <div key={one.id} className={styles.token}>
          <b>{one.name}</b>
          <span className={styles.muted}>made {when(one.created)}</span>
          <span className={one.expired ? styles.bad : styles.muted}>
            {one.expires === "" ? "does not end" : `${one.expired ? "ended" : "ends"} ${when(one.expires)}`}
          </span>
          <Button size="compact-xs" variant="default" onClick={() => remove.mutate(one.id)}>
            Take {one.name} away
          </Button>
        </div>
      ))}
      <form className={styles.accountForm} onSubmit={submit}>
        <TextInput
          size="xs"
          label="A new token"
          placeholder="laptop"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Lives"
          value={life}
          data={LIVES}
          onChange={(event) => setLife(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" className={styles.atFoot} disabled={name.trim() === ""} loading={add.isPending}>
          Make the token
        </Button>
      </form>
    </div>
  );
}

function when(time: string): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? time : absolute(at);
}
