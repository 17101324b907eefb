// The parser's thread: bytes in, columns out, so that a large answer does not hold up the page.
import { type JobName, type Jobs, runJob, transfers } from "./jobs";

export interface Order {
  readonly id: number;
  readonly name: JobName;
  readonly bytes: ArrayBuffer;
  readonly ask: Jobs[JobName]["ask"];
}

export type Reply =
  | { readonly id: number; readonly answer: Jobs[JobName]["answer"] }
  | { readonly id: number; readonly fault: string };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage: (reply: Reply, transfer: ArrayBufferLike[]) => void;
};

scope.onmessage = ({ data: { id, name, bytes, ask } }) => {
  try {
    const answer = runJob(name, bytes, ask as never);
    scope.postMessage({ id, answer }, transfers(answer));
  } catch (cause) {
    scope.postMessage({ id, fault: cause instanceof Error ? cause.message : String(cause) }, []);
  }
};
