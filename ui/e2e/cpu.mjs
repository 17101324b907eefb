// What the page's own thread worked, in milliseconds of CPU: on a machine that others load, frames come late without the page's doing.

/** Gives a function that tells the CPU time of the page's thread since it was last called, in ms. */
export async function watchCpu(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((one) => one.name === "TaskDuration").value * 1_000;
  };
  let last = await read();
  return async () => {
    const now = await read();
    const spent = now - last;
    last = now;
    return spent;
  };
}
