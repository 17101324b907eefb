// Frames of a batch's answer (docs/formats/frames.md): length-prefixed, a JSON header, then columns of float64.
// Invariant: a stream that ends before its `end` frame is an error, never a short answer.
import { type Labels, labels, list, number, record, text, texts } from "../decode";
import { ApiError } from "../http";

/** What answers one query. */
export type Answer =
  | ({ readonly kind: "grid"; readonly start: number; readonly step: number; readonly points: number } & Columns)
  | ({ readonly kind: "vector"; readonly at: number } & Columns)
  | { readonly kind: "rows"; readonly body: unknown }
  | { readonly kind: "error"; readonly error: ApiError };

interface Columns {
  readonly series: readonly Column[];
  readonly warnings: readonly string[];
}

export interface Column {
  readonly labels: Labels;
  /** NaN is a gap, unless its index is in `nan`. */
  readonly values: Float64Array;
  readonly nan: ReadonlySet<number>;
}

interface Frame {
  readonly header: Record<string, unknown>;
  readonly body: Uint8Array;
}

/** The largest frame that is waited for: one series of the longest range, or rows of a page, with room to spare. */
const LONGEST_FRAME = 256 << 20;

/** Cuts a stream of bytes into frames, however the network cut it. */
export class FrameReader {
  private readonly parts: Uint8Array[] = [];
  private held = 0;

  /** Frames that are whole with these bytes. */
  *push(bytes: Uint8Array): Generator<Frame> {
    this.parts.push(bytes);
    this.held += bytes.length;
    for (;;) {
      if (this.held < 4) return;
      const length = new DataView(this.peek(4).buffer).getUint32(0, true) + 4;
      if (length < 8 || length > LONGEST_FRAME) throw broken();
      if (this.held < length) return;
      yield decodeFrame(this.take(length));
    }
  }

  /** Whether bytes of an unfinished frame are left. */
  get isEmpty(): boolean {
    return this.held === 0;
  }

  private peek(count: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(count);
    let at = 0;
    for (const part of this.parts) {
      if (at === count) break;
      const piece = part.subarray(0, count - at);
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }

  /** A copy of its own, so that columns stand where typed arrays want them. */
  private take(count: number): Uint8Array<ArrayBuffer> {
    const out = this.peek(count);
    let left = count;
    while (left > 0) {
      const first = this.parts[0];
      if (first === undefined) break;
      if (first.length <= left) {
        this.parts.shift();
        left -= first.length;
      } else {
        this.parts[0] = first.subarray(left);
        left = 0;
      }
    }
    this.held -= count;
    return out;
  }
}

function decodeFrame(bytes: Uint8Array<ArrayBuffer>): Frame {
  const size = new DataView(bytes.buffer).getUint32(4, true);
  if (8 + size > bytes.length) throw broken();
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  return { header: record(header), body: bytes.subarray(8 + size) };
}

function broken(): ApiError {
  return new ApiError("The server's answer was cut off or is of another version. Reload the page.", 0);
}

/** Puts frames together to answers, which are handed out as soon as they are whole. */
export class AnswerReader {
  private readonly frames = new FrameReader();
  private readonly begun = new Map<string, Column[]>();
  private readonly warned = new Map<string, readonly string[]>();
  private ended = false;

  constructor(private readonly found: (id: string, answer: Answer) => void) {}

  push(bytes: Uint8Array): void {
    for (const frame of this.frames.push(bytes)) this.take(frame);
  }

  /** The stream is over. */
  end(): void {
    if (!this.ended || !this.frames.isEmpty) throw broken();
  }

  private take({ header, body }: Frame): void {
    const kind = text(header.kind);
    if (kind === "end") {
      this.ended = true;
      return;
    }
    const answer = kind === "grid" || kind === "vector" ? this.columns(kind, header, body) : single(kind, header, body);
    if (answer !== undefined) for (const id of texts(header.ids)) this.found(id, answer);
  }

  private columns(kind: "grid" | "vector", header: Record<string, unknown>, body: Uint8Array): Answer | undefined {
    const points = number(header.points) ?? 0;
    const key = texts(header.ids).join("\n");
    const series = this.begun.get(key) ?? [];
    const warnings = this.warned.get(key) ?? texts(header.warnings);
    list(header.series).forEach((value, index) => {
      const one = record(value);
      const from = body.byteOffset + index * points * 8;
      if (from + points * 8 > body.byteOffset + body.byteLength) throw broken();
      const nan = new Set(list(one.nan).map((at) => number(at) ?? -1));
      series.push({ labels: labels(one.labels), values: new Float64Array(body.buffer, from, points), nan });
    });
    if (header.more === true) {
      this.begun.set(key, series);
      this.warned.set(key, warnings);
      return undefined;
    }
    this.begun.delete(key);
    this.warned.delete(key);
    const start = number(header.start) ?? 0;
    if (kind === "vector") return { kind, at: start, series, warnings };
    return { kind, start, step: number(header.step) ?? 1, points, series, warnings };
  }
}

function single(kind: string, header: Record<string, unknown>, body: Uint8Array): Answer {
  if (kind === "rows") {
    const length = number(header.bytes) ?? 0;
    return { kind: "rows", body: JSON.parse(new TextDecoder().decode(body.subarray(0, length))) as unknown };
  }
  if (kind !== "error") throw broken();
  return { kind: "error", error: new ApiError(text(header.message), number(header.status) ?? 0) };
}
