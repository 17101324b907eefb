import { expect, it } from "vitest";
import { ansiPieces, hasColors } from "./ansi";
import { plainText } from "./filters";

const words = (line: string) => ansiPieces(line).map((one) => `${one.color ?? "-"}${one.bold ? "!" : ""}:${one.text}`);

it("reads colours and weight, and ends them", () => {
  expect(words("\u001b[32mINFO\u001b[0m \u001b[1;31merr\u001b[22mor\u001b[39m end")).toEqual([
    "green:INFO",
    "-: ",
    "red!:err",
    "red:or",
    "-: end",
  ]);
  // Colours out of more than these are left as they are, and their numbers are no codes.
  expect(words("\u001b[38;5;196mx\u001b[38;2;1;31;3;91my\u001b[91mz\u001b[m.")).toEqual([
    "-:x",
    "red:y",
    "red:z",
    "-:.",
  ]);
});

it("loses nothing of the text, and does nothing to lines without", () => {
  const odd = "\u001b[31m<b>\u0007\u001b[2J\u001b[x\u001b";
  expect(
    ansiPieces(odd)
      .map((one) => one.text)
      .join(""),
  ).toBe(plainText(odd));
  expect([hasColors("plain"), words("plain"), words("")]).toEqual([false, ["-:plain"], []]);
});
