// Who looks, where that makes a difference: a way in for those who may only read, a way out for those who came in.
import { Menu } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { logout } from "../../api/oriel/access";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import styles from "../Shell.module.css";
import access from "./access.module.css";
import { leave } from "./leave";
import { useAccess } from "./useAccess";

const LoginForm = lazy(() => import("./LoginForm").then((module) => ({ default: module.LoginForm })));

export function AccessMenu() {
  const { data } = useAccess();
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState("");
  const goOut = async () => {
    setFault("");
    const words = await leave(logout);
    // Everything on the page was asked as somebody who is gone.
    if (words === undefined) location.reload();
    else setFault(words);
  };
  if (data === undefined || data.open || (!data.loggedIn && data.role === "None")) return null;
  if (!data.loggedIn) {
    return (
      <>
        <button type="button" className={styles.pill} onClick={() => setAsking(true)}>
          Log in
        </button>
        {asking && (
          <Dialog onClose={() => setAsking(false)} title="Log in" size={420}>
            <Suspense fallback={null}>
              <LoginForm />
            </Suspense>
          </Dialog>
        )}
      </>
    );
  }
  const who = data.name === "" ? data.role : `${data.name}, ${data.role}`;
  return (
    <Menu position="bottom-end" offset={6} onClose={() => setFault("")}>
      <Menu.Target>
        <button type="button" className={styles.pill} aria-label={`Logged in as ${who}`}>
          <span className={styles.pillText}>{data.name || data.role}</span>
          <Icon name="down" size={13} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{who}</Menu.Label>
        {fault !== "" && (
          <div className={access.fault} role="alert" style={{ maxWidth: 320 }}>
            {fault}
          </div>
        )}
        <Menu.Item onClick={() => void goOut()} closeMenuOnClick={false}>
          {fault === "" ? "Log out" : "Try again"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
