import { expect, test } from "vitest";
import { Turns } from "./turns";

/** Pieces that take `ms` each, and what was done in each frame. */
function scene(ms: number) {
  let now = 1_000;
  const frames: (() => void)[] = [];
  const turns = new Turns(
    () => now,
    (run) => frames.push(run),
  );
  const done: string[] = [];
  const take = (name: string) =>
    turns.take(() => {
      done.push(name);
      now += ms;
    });
  const frame = () => {
    now += 16;
    for (const run of frames.splice(0)) run();
    return done.splice(0);
  };
  return { turns, take, frame, frames };
}

test("while the page is scrolled one piece has its turn in a frame", () => {
  const { turns, take, frame, frames } = scene(5);
  for (const name of ["a", "b", "c"]) take(name);
  turns.moved();
  expect(frame()).toEqual(["a"]);
  turns.moved();
  expect(frame()).toEqual(["b"]);
  turns.moved();
  expect(frame()).toEqual(["c"]);
  expect(frames.length).toBe(0);
});

test("while nothing moves a frame takes what fits, and asks for no frame when nothing waits", () => {
  const { take, frame, frames } = scene(25);
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) take(name);
  expect(frame()).toEqual(["a", "b", "c"]);
  expect(frame()).toEqual(["d", "e"]);
  expect(frames.length).toBe(0);
});

test("what is taken back has no turn, and what comes later has one", () => {
  const { take, frame } = scene(1);
  const back = take("a");
  take("b");
  back();
  expect(frame()).toEqual(["b"]);
  take("c");
  expect(frame()).toEqual(["c"]);
});
