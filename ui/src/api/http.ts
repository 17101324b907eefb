// The one door to the server: every request of the page leaves here, same-origin, with the chosen tenant.
// Answers come back as `unknown`; the endpoint files decode them.

export class ApiError extends Error {
  /** HTTP status, or 0 when the server could not be reached. */
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(message: string, status: number, requestId?: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.requestId = requestId;
  }
}

export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface RequestOptions {
  readonly params?: Params;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** POST the parameters as a form: long queries do not fit into a URL. */
  readonly post?: boolean;
}

let tenant = "";

/** Says that a page asks, which has a form of its own for those who are not known. */
const PAGE = { "X-Requested-With": "oriel" };

/** Empty means the server's default tenant. */
export function setTenant(name: string): void {
  tenant = name;
}

export function currentTenant(): string {
  return tenant;
}

/** Resolved against <base href>, so that a route prefix works. */
export function apiUrl(path: string, params?: Params): URL {
  const url = new URL(path.replace(/^\//, ""), document.baseURI);
  if (params) for (const [name, value] of encode(params)) url.searchParams.append(name, value);
  return url;
}

function encode(params: Params): [string, string][] {
  return Object.entries(params).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    if (typeof value === "object") return value.map((one) => [name, one]);
    return [[name, String(value)]];
  });
}

/** Above this many characters a query string is sent as a form: servers and proxies cut URLs at 8 kB. */
const LONGEST_URL = 4_000;

export async function getJson(path: string, options: RequestOptions = {}): Promise<unknown> {
  const answer = await send(path, options);
  const text = await answer.text();
  if (!answer.ok) throw refusal(answer, text);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(`The server answered ${path} with something that is not JSON.`, answer.status);
  }
}

/** The bytes of a good answer, for those who parse it elsewhere. */
export async function getBytes(
  path: string,
  options: RequestOptions & { readonly onSize?: (bytes: number | undefined) => void } = {},
): Promise<ArrayBuffer> {
  const answer = await send(path, options);
  if (!answer.ok) throw refusal(answer, await answer.text());
  const size = answer.headers.get("content-length");
  options.onSize?.(size === null ? undefined : Number(size));
  return answer.arrayBuffer();
}

function refusal(answer: Response, body: string): ApiError {
  return new ApiError(errorText(body, answer.status), answer.status, answer.headers.get("x-request-id") ?? undefined);
}

type Writing = "POST" | "PUT" | "PATCH" | "DELETE";

/** Writes: sends JSON, or nothing, and gives the JSON that comes back. */
export function sendJson(method: Writing, path: string, body?: unknown): Promise<unknown> {
  return sendText(method, path, body === undefined ? undefined : JSON.stringify(body));
}

/** Writes a text that is JSON already. */
export async function sendText(method: Writing, path: string, body: string | undefined): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json", ...PAGE };
  if (tenant !== "") headers["X-Scope-OrgID"] = tenant;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await reach(apiUrl(path), { method, headers, body: body ?? null, credentials: "same-origin" });
  const answered = await answer.text();
  if (!answer.ok) throw refusal(answer, answered);
  try {
    return answered === "" ? undefined : JSON.parse(answered);
  } catch {
    throw new ApiError(`The server answered ${path} with something that is not JSON.`, answer.status);
  }
}

/** Sends JSON and hands on the bytes of a good answer as they come. */
export async function postStream(
  path: string,
  body: unknown,
  signal: AbortSignal,
  take: (bytes: Uint8Array) => void,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const headers: Record<string, string> = { "Content-Type": "application/json", ...PAGE, ...more };
  if (tenant !== "") headers["X-Scope-OrgID"] = tenant;
  const request = { method: "POST", headers, body: JSON.stringify(body), signal, credentials: "same-origin" } as const;
  const answer = await reach(apiUrl(path), request);
  if (!answer.ok || answer.body === null) throw refusal(answer, await answer.text());
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) take(part.value);
}

async function reach(url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new ApiError("Oriel does not answer. Check that it still runs and that this page may reach it.", 0);
  }
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...PAGE, ...options.headers };
  if (tenant !== "") headers["X-Scope-OrgID"] = tenant;
  const form = new URLSearchParams(encode(options.params ?? {}));
  const asForm = options.post === true && form.toString().length > LONGEST_URL;
  const url = asForm ? apiUrl(path) : apiUrl(path, options.params);
  return reach(url, {
    method: asForm ? "POST" : "GET",
    body: asForm ? form : null,
    headers,
    signal: options.signal ?? null,
    credentials: "same-origin",
  });
}

/** The message inside the error bodies of all three APIs: JSON `error` or `message`, or plain text. */
export function errorText(body: string, status: number): string {
  const text = body.trim();
  if (text.startsWith("{")) {
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed === "object" && parsed !== null) {
        if ("error" in parsed && typeof parsed.error === "string") return parsed.error;
        if ("message" in parsed && typeof parsed.message === "string") return parsed.message;
      }
    } catch {
      // Not JSON after all: the text itself is the message.
    }
  }
  if (text === "" || text.startsWith("<")) return `The server answered with status ${status}.`;
  return text;
}
