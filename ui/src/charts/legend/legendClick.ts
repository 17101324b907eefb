// What a click on a name of a legend does. Pure.

/** A plain click shows that series alone, and all again when it is alone; with the modifier it shows or hides just that one. */
export function afterClick(
  hidden: ReadonlySet<string>,
  names: readonly string[],
  name: string,
  toggles: boolean,
): ReadonlySet<string> {
  if (toggles) {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    return next;
  }
  const others = names.filter((one) => one !== name);
  const isAlone = !hidden.has(name) && others.every((one) => hidden.has(one));
  return new Set(isAlone ? [] : others);
}
