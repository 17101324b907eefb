// A trace in columns, as it comes out of the parser's thread: a hundred thousand ids are two long texts, times are floats, and what
// only the drawer shows stays JSON until it is looked at. Unpacking costs one small object a span. Pure.
//
//   ids      a1b2..c3d4..      ends 16 32 ..       span i is ids[ends[i-1] .. ends[i]]
//   details  [..]||[..]        status message, attributes, events and links as JSON; empty where there are none
import type { Attribute, Resource, Span, SpanEvent, SpanLink, Trace } from "../api/tempo/trace";

/** Texts one after the other. */
interface Texts {
  readonly text: string;
  readonly ends: Uint32Array;
}

export interface PackedTrace {
  readonly startNs: string;
  readonly length: number;
  readonly ids: Texts;
  readonly parents: Texts;
  readonly details: Texts;
  /** What many spans share, once; columns hold the index. */
  readonly words: readonly string[];
  readonly resources: readonly Resource[];
  readonly names: Uint32Array;
  readonly kinds: Uint32Array;
  readonly scopes: Uint32Array;
  readonly owners: Uint32Array;
  /** Nanoseconds, by span. */
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
  readonly errors: Uint8Array;
}

export function packTrace({ startNs, length, spans }: Trace): PackedTrace {
  const words = new Map<string, number>();
  const resources = new Map<Resource, number>();
  const indexed = <Key>(known: Map<Key, number>, key: Key): number => {
    const index = known.get(key) ?? known.size;
    if (index === known.size) known.set(key, index);
    return index;
  };
  const column = (pick: (span: Span) => string) => Uint32Array.from(spans, (span) => indexed(words, pick(span)));
  return {
    startNs,
    length,
    ids: joined(spans.map((span) => span.id)),
    parents: joined(spans.map((span) => span.parent)),
    details: joined(spans.map(detailsOf)),
    names: column((span) => span.name),
    kinds: column((span) => span.kind),
    scopes: column((span) => span.scope),
    owners: Uint32Array.from(spans, (span) => indexed(resources, span.resource)),
    starts: Float64Array.from(spans, (span) => span.start),
    lengths: Float64Array.from(spans, (span) => span.length),
    errors: Uint8Array.from(spans, (span) => (span.isError ? 1 : 0)),
    words: [...words.keys()],
    resources: [...resources.keys()],
  };
}

export function unpackTrace(packed: PackedTrace): Trace {
  const spans = Array.from(packed.starts, (_, index) => new PackedSpan(packed, index));
  return { startNs: packed.startNs, length: packed.length, spans };
}

/** What may be handed over without a copy. */
export function traceBuffers(packed: PackedTrace): ArrayBufferLike[] {
  const { ids, parents, details, names, kinds, scopes, owners, starts, lengths, errors } = packed;
  const columns = [ids.ends, parents.ends, details.ends, names, kinds, scopes, owners, starts, lengths, errors];
  return columns.map((one) => one.buffer);
}

type Details = readonly [string, readonly Attribute[], readonly SpanEvent[], readonly SpanLink[]];

const NONE: Details = ["", [], [], []];

function detailsOf(span: Span): string {
  const all: Details = [span.statusMessage, span.attributes, span.events, span.links];
  return all.every((one) => one.length === 0) ? "" : JSON.stringify(all);
}

class PackedSpan implements Span {
  readonly #packed: PackedTrace;
  readonly #index: number;
  readonly start: number;
  readonly length: number;
  readonly name: string;
  readonly resource: Resource;
  readonly isError: boolean;

  constructor(packed: PackedTrace, index: number) {
    this.#packed = packed;
    this.#index = index;
    this.start = packed.starts[index] ?? 0;
    this.length = packed.lengths[index] ?? 0;
    this.name = packed.words[packed.names[index] ?? -1] ?? "";
    this.resource = packed.resources[packed.owners[index] ?? -1] ?? { service: "", attributes: [] };
    this.isError = packed.errors[index] === 1;
  }

  get id(): string {
    return textAt(this.#packed.ids, this.#index);
  }
  get parent(): string {
    return textAt(this.#packed.parents, this.#index);
  }
  get kind(): string {
    return this.#packed.words[this.#packed.kinds[this.#index] ?? -1] ?? "";
  }
  get scope(): string {
    return this.#packed.words[this.#packed.scopes[this.#index] ?? -1] ?? "";
  }
  get statusMessage(): string {
    return this.#details[0];
  }
  get attributes(): readonly Attribute[] {
    return this.#details[1];
  }
  get events(): readonly SpanEvent[] {
    return this.#details[2];
  }
  get links(): readonly SpanLink[] {
    return this.#details[3];
  }
  get #details(): Details {
    const json = textAt(this.#packed.details, this.#index);
    return json === "" ? NONE : (JSON.parse(json) as Details);
  }
}

function joined(all: readonly string[]): Texts {
  let end = 0;
  const ends = Uint32Array.from(all, (one) => {
    end += one.length;
    return end;
  });
  return { text: all.join(""), ends };
}

function textAt({ text, ends }: Texts, index: number): string {
  return text.slice(index === 0 ? 0 : ends[index - 1], ends[index]);
}
