// Stacked columns: each one becomes the sum of itself and all below it. A gap counts as zero; where only others have values, a
// column goes on as it was.

export function stackUp(columns: readonly (readonly (number | null | undefined)[])[]): number[][] {
  const result: number[][] = [];
  let below: readonly number[] | undefined;
  for (const column of columns) {
    let last = 0;
    const sums: number[] = column.map((value, index) => {
      last = value === undefined ? last : (value ?? 0);
      return last + (below?.[index] ?? 0);
    });
    result.push(sums);
    below = sums;
  }
  return result;
}
