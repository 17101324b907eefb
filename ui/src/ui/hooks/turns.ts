// Work that may wait a few frames, one piece after the other: charts that come near while the page is scrolled are made one a frame,
// so that no frame has to make a whole row of them. While nothing moves several are made in a row.
import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

type Piece = () => void;

/** Milliseconds of one frame that pieces may take while nothing moves: the first screen is there in a few frames. */
const RESTING_MS = 60;
/** So long after the last movement the page rests. */
const STILL_MS = 150;

export class Turns {
  readonly #waiting = new Set<Piece>();
  readonly #clock: () => number;
  readonly #nextFrame: (run: () => void) => void;
  #isAsked = false;
  #movedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: () => number, nextFrame: (run: () => void) => void) {
    this.#clock = clock;
    this.#nextFrame = nextFrame;
  }

  /** Calls `piece` when it is its turn; the answer takes it back. */
  take(piece: Piece): () => void {
    this.#waiting.add(piece);
    this.#ask();
    return () => this.#waiting.delete(piece);
  }

  /** The page is scrolled. */
  moved(): void {
    this.#movedAt = this.#clock();
  }

  #ask(): void {
    if (this.#isAsked || this.#waiting.size === 0) return;
    this.#isAsked = true;
    this.#nextFrame(() => {
      this.#isAsked = false;
      this.#run();
      this.#ask();
    });
  }

  #run(): void {
    const start = this.#clock();
    const most = start - this.#movedAt < STILL_MS ? 0 : RESTING_MS;
    for (const piece of this.#waiting) {
      this.#waiting.delete(piece);
      piece();
      if (this.#clock() - start >= most) return;
    }
  }
}

let turns: Turns | undefined;

function pageTurns(): Turns {
  if (turns === undefined) {
    const made = new Turns(
      () => performance.now(),
      (run) => requestAnimationFrame(run),
    );
    document.addEventListener("scroll", () => made.moved(), { capture: true, passive: true });
    turns = made;
  }
  return turns;
}

/** False until it is this component's turn. */
export function useTurn(): boolean {
  const [isTurn, setTurn] = useState(false);
  // Made at once and not when React has time: the next piece is to know what this one took.
  useEffect(() => pageTurns().take(() => flushSync(() => setTurn(true))), []);
  return isTurn;
}
