// Answers of the batch of queries (docs/formats/frames.md), made by journeys that decide what a page gets.

function frame(header, columns = []) {
  const words = Buffer.from(JSON.stringify(header));
  // The columns begin at a multiple of eight, counted from the length.
  const size = Math.ceil(words.length / 8) * 8;
  const bytes = Buffer.alloc(8 + size + columns.reduce((sum, one) => sum + one.length * 8, 0), " ");
  bytes.writeUInt32LE(bytes.length - 4, 0);
  bytes.writeUInt32LE(size, 4);
  words.copy(bytes, 8);
  let at = 8 + size;
  for (const column of columns) {
    for (const value of column) {
      bytes.writeDoubleLE(value, at);
      at += 8;
    }
  }
  return bytes;
}

/** `seriesOf(query)` gives `[{ labels, value(index) }]`; every query of the request is answered with them. */
export function answerBatch(request, seriesOf) {
  const { queries } = request.postDataJSON();
  const frames = queries.map((query) => {
    const series = seriesOf(query);
    const isRange = query.mode === "range";
    const points = isRange ? Math.floor((query.end - query.start) / query.step) + 1 : 1;
    const columns = series.map((one) => Array.from({ length: points }, (_, index) => one.value(index)));
    const header = {
      kind: isRange ? "grid" : "vector",
      ids: [query.id],
      start: isRange ? query.start : query.end,
      step: query.step,
      points,
      series: series.map(({ labels }) => ({ labels })),
    };
    return frame(header, columns);
  });
  return { body: Buffer.concat([...frames, frame({ kind: "end" })]), contentType: "application/octet-stream" };
}

export const BATCH = "**/api/oriel/v1/query";
