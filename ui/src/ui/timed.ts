// How long an answer took, from question to decoded data, in whole milliseconds and at least one.

export interface Timed<T> {
  readonly value: T;
  readonly ms: number;
}

export async function timed<T>(ask: () => Promise<T>): Promise<Timed<T>> {
  const start = performance.now();
  const value = await ask();
  return { value, ms: Math.max(1, Math.round(performance.now() - start)) };
}
