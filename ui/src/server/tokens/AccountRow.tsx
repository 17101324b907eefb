// One account; opened, it shows its tokens.
import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ACCOUNT_ROLES, type Account, changeAccount, removeAccount } from "../../api/oriel/accounts";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import styles from "../server.module.css";
import { AccountTokens } from "./AccountTokens";

const COLUMNS = 5;

export function AccountRow({ account }: { account: Account }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const onSettled = () => client.invalidateQueries({ queryKey: ["accounts"] });
  const change = useMutation({
    mutationFn: (what: Parameters<typeof changeAccount>[1]) => changeAccount(account.id, what),
    onSettled,
  });
  const remove = useMutation({ mutationFn: () => removeAccount(account.id), onSettled });
  const error = change.error ?? remove.error;
  return (
    <>
      <tr>
        <td>
          <button type="button" className={styles.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name={open ? "down" : "right"} size={13} />
            <span className={styles.clip}>{account.name}</span>
          </button>
        </td>
        <td>
          <NativeSelect
            size="xs"
            aria-label={`Role of ${account.name}`}
            value={account.role}
            data={[...ACCOUNT_ROLES]}
            onChange={(event) => change.mutate({ role: event.currentTarget.value })}
          />
        </td>
        <td className={styles.right}>{account.tokens}</td>
        <td className={styles.state} data-state={account.disabled ? "silent" : "well"}>
          {account.disabled ? "switched off" : "in use"}
        </td>
        <td>
          <span className={styles.rowTools}>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => change.mutate({ isDisabled: !account.disabled })}
            >
              {account.disabled ? "Switch on" : "Switch off"}
            </Button>
            {asking ? (
              <Button size="compact-xs" color="red" variant="light" onClick={() => remove.mutate()}>
                Remove {account.name} and its tokens
              </Button>
            ) : (
              <Button size="compact-xs" variant="default" onClick={() => setAsking(true)}>
                Remove
              </Button>
            )}
          </span>
        </td>
      </tr>
      {(open || error !== null) && (
        <tr>
          <td colSpan={COLUMNS} className={styles.detail}>
            {error !== null && <ErrorNotice error={error} title="Not changed" />}
            {open && <AccountTokens account={account} />}
          </td>
        </tr>
      )}
    </>
  );
}
