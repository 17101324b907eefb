// The last net: a page that failed to draw says so, and keeps what is needed to report it.
import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { ErrorNotice } from "../ui/ErrorNotice";

export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div style={{ padding: 24 }}>
      <ErrorNotice error={error} title="This page could not be drawn" />
      <Button variant="default" size="xs" mt="sm" onClick={reset}>
        Try again
      </Button>
    </div>
  );
}
