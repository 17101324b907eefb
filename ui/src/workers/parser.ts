// Parses answers of the server: small ones here and now, large ones in a thread of their own.
import { ApiError } from "../api/http";
import { type JobName, type Jobs, runJob } from "./jobs";
import type { Order, Reply } from "./parse.worker";

/** Below this, parsing takes less than a frame and less than handing it over. */
const SMALL_BYTES = 64 * 1024;

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (cause: Error) => void;
}

const waiting = new Map<number, Waiting>();
let thread: Worker | undefined;
let last = 0;

export async function parse<Name extends JobName>(
  name: Name,
  bytes: ArrayBuffer,
  ask: Jobs[Name]["ask"],
): Promise<Jobs[Name]["answer"]> {
  if (bytes.byteLength < SMALL_BYTES || typeof Worker === "undefined") {
    try {
      return runJob(name, bytes, ask);
    } catch {
      throw notJson();
    }
  }
  return new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    worker().postMessage({ id: last, name, bytes, ask } satisfies Order, [bytes]);
  });
}

/** Called when the size of an answer is known, or that it is not: the thread starts while the bytes still come. */
export function startThread(bytes: number | undefined): void {
  if ((bytes === undefined || bytes >= SMALL_BYTES) && typeof Worker !== "undefined") worker();
}

function worker(): Worker {
  if (thread !== undefined) return thread;
  thread = new Worker(new URL("./parse.worker.ts", import.meta.url), { type: "module" });
  thread.onmessage = ({ data }: MessageEvent<Reply>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ("answer" in data) asked?.resolve(data.answer as never);
    else asked?.reject(notJson());
  };
  // The thread itself failed to load or died: what waits is told, the next answer starts another one.
  thread.onerror = () => {
    thread = undefined;
    for (const one of waiting.values()) one.reject(new ApiError("The answer could not be parsed.", 0));
    waiting.clear();
  };
  return thread;
}

function notJson(): ApiError {
  return new ApiError("The server answered with something that is not JSON.", 200);
}
