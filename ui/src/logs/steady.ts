// Whether an expression finds its end in time. Servers match without going back; browsers go back, and on `(a+)+b` they do so for
// years. What repeats something that repeats, or has alternatives, is not tried here. Pure.

const CLASS = /\[\^?\]?(?:[^\]\\]|\\.)*\]/y;
const MANY = /[*+]|\{\d+,?\d*\}/y;

/** False where a repeated group holds a repetition or alternatives: perhaps harmless, but not worth the risk. */
export function isSteady(pattern: string): boolean {
  const groups = [false];
  const at = { index: 0 };
  const take = (one: RegExp): boolean => {
    one.lastIndex = at.index;
    const found = one.exec(pattern);
    if (found !== null) at.index += found[0].length;
    return found !== null;
  };
  while (at.index < pattern.length) {
    if (take(CLASS)) continue;
    const letter = pattern[at.index];
    if (letter !== ")" && take(MANY)) {
      groups[groups.length - 1] = true;
      continue;
    }
    at.index += letter === "\\" ? 2 : 1;
    if (letter === "(") groups.push(false);
    else if (letter === "|") groups[groups.length - 1] = true;
    else if (letter === ")" && groups.length > 1) {
      const isRisky = groups.pop() === true;
      const isRepeated = take(MANY);
      if (isRisky && isRepeated) return false;
      if (isRisky || isRepeated) groups[groups.length - 1] = true;
    }
  }
  return true;
}
