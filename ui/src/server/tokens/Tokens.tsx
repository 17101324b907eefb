// Service accounts and their tokens: made, switched off and taken away. A token is shown once, when it is made.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ACCOUNT_ROLES, type AccountRole, addAccount, listAccounts } from "../../api/oriel/accounts";
import { useAccess } from "../../app/access/useAccess";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";
import { AccountRow } from "./AccountRow";

export function Tokens() {
  const access = useAccess();
  const client = useQueryClient();
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: ({ signal }) => listAccounts(signal), staleTime: 0 });
  const [name, setName] = useState("");
  const [role, setRole] = useState<AccountRole>("Viewer");
  const add = useMutation({
    mutationFn: () => addAccount(name.trim(), role),
    onSuccess: () => {
      setName("");
      return client.invalidateQueries({ queryKey: ["accounts"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  if (accounts.error !== null) return <ErrorNotice error={accounts.error} onRetry={() => void accounts.refetch()} />;
  return (
    <>
      <p className={styles.lead}>
        {access.data?.open === false ? (
          <>
            A token opens what the role of its account allows. Tools send it as{" "}
            <code className={styles.mono}>Authorization: Bearer TOKEN</code>.
          </>
        ) : (
          <>
            Nothing is refused to anybody yet: roles count once <code className={styles.mono}>auth.users</code>,{" "}
            <code className={styles.mono}>auth.tokens</code> or <code className={styles.mono}>auth.everybody</code> is
            configured.
          </>
        )}
      </p>
      <form className={styles.accountForm} onSubmit={submit} data-testid="new-account">
        <TextInput
          size="xs"
          label="A new account"
          placeholder="terraform"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Its role"
          value={role}
          data={[...ACCOUNT_ROLES]}
          onChange={(event) => setRole(ACCOUNT_ROLES.find((one) => one === event.currentTarget.value) ?? "Viewer")}
        />
        <Button type="submit" size="xs" className={styles.atFoot} disabled={name.trim() === ""} loading={add.isPending}>
          Add the account
        </Button>
      </form>
      {add.error !== null && <ErrorNotice error={add.error} title="Not added" />}
      {accounts.data === undefined ? (
        <SkeletonRows rows={4} />
      ) : accounts.data.length === 0 ? (
        <p className={styles.lead}>No account yet. One for each tool tells who did what, and is switched off alone.</p>
      ) : (
        <div className={styles.scroll}>
          <table className={`${styles.table} ${styles.roomy}`} data-testid="accounts">
            <thead>
              <tr>
                <th>Account</th>
                <th>Role</th>
                <th className={styles.right}>Tokens</th>
                <th>State</th>
                <th aria-label="What one can do with it" />
              </tr>
            </thead>
            <tbody>
              {accounts.data.map((one) => (
                <AccountRow key={one.id} account={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
