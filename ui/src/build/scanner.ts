// Reads the pieces that the query languages share: words, quoted texts, numbers, durations. Pure.

const SPACE = /\s*/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w|y))+|\$__\w+|\$\{__\w+\}/y;

export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#space();
  }

  get isEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Remembers the place, to come back with `restore`. */
  save(): number {
    return this.#at;
  }

  restore(place: number): void {
    this.#at = place;
  }

  #space(): void {
    this.match(SPACE);
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    if (pattern !== SPACE) this.#space();
    return found;
  }

  /** Whether exactly these letters come next; they are taken. */
  eat(letters: string): boolean {
    if (!this.#text.startsWith(letters, this.#at)) return false;
    this.#at += letters.length;
    this.#space();
    return true;
  }

  /** The first of the texts that comes next. Longer ones must stand before their beginnings. */
  oneOf(texts: readonly string[]): string | undefined {
    return texts.find((one) => this.eat(one));
  }

  word(): string | undefined {
    return this.match(/[A-Za-z_:][\w:]*/y);
  }

  number(): string | undefined {
    return this.match(NUMBER);
  }

  duration(): string | undefined {
    return this.match(DURATION);
  }

  /** A text in double quotes or backquotes. */
  quoted(): string | undefined {
    const raw = this.match(/`[^`]*`/y);
    if (raw !== undefined) return raw.slice(1, -1);
    const found = this.match(/"(?:[^"\\\n]|\\.)*"/y);
    if (found === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(found);
      return typeof value === "string" ? value : undefined;
    } catch {
      return undefined;
    }
  }

  /** `(a, b)`, perhaps empty. */
  names(word: RegExp): string[] | undefined {
    if (!this.eat("(")) return undefined;
    const found: string[] = [];
    while (!this.eat(")")) {
      if (found.length > 0 && !this.eat(",")) return undefined;
      const name = this.match(word);
      if (name === undefined) return undefined;
      found.push(name);
    }
    return found;
  }
}

export const LABEL = /[A-Za-z_]\w*/y;

export const quote = (text: string): string => JSON.stringify(text);
