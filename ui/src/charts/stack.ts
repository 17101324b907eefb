// Stacked columns: each one becomes the sum of itself and all below it. A gap counts as zero.

export function stackUp(columns: readonly (readonly (number | null)[])[]): number[][] {
  const result: number[][] = [];
  let below: readonly number[] | undefined;
  for (const column of columns) {
    const sums: number[] = column.map((value, index) => (value ?? 0) + (below?.[index] ?? 0));
    result.push(sums);
    below = sums;
  }
  return result;
}
