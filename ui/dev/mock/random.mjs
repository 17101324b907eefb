// Repeatable randomness: the same seed gives the same data in every run.
export function randomOf(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export function hash(text) {
  let value = 2166136261;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  return value >>> 0;
}

export const pick = (random, list) => list[Math.floor(random() * list.length)];

export function hex(random, digits) {
  let out = "";
  while (out.length < digits) out += Math.floor(random() * 16).toString(16);
  return out;
}

/** When each trace began, nanoseconds; log lines and searches that name a trace decide it. */
export const traceStarts = new Map();
