// A window over the page, there as long as it is drawn. The focus goes into it, stays in it, and goes back to where it was.
import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

type Props = Omit<ModalProps, "opened">;

export function Dialog(props: Props) {
  const [before] = useState(focused);
  useEffect(
    () => () => {
      // The window goes away with what has the focus in it; who took the focus meanwhile, keeps it.
      setTimeout(() => {
        if (document.activeElement === document.body) before?.focus();
      });
    },
    [before],
  );
  return (
    <Modal
      opened
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": "Close" }}
      {...props}
    />
  );
}

/** What has the focus; of an item of a menu, which goes away, the button of the menu. */
function focused(): HTMLElement | undefined {
  const at = document.activeElement;
  const menu = at?.closest('[role="menu"]')?.getAttribute("aria-labelledby");
  const found = menu === null || menu === undefined ? at : document.getElementById(menu);
  return found instanceof HTMLElement ? found : undefined;
}
