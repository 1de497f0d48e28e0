import { describe, expect, test } from "@jest/globals";
import { chooseElectrodes } from "../../src/load/electrodes.ts";
import { createEegLoop } from "../../src/load/frames.ts";
import { createArrivalLog, createAttendance, createSent } from "../../src/load/ledger.ts";
import type { ServerMessage } from "../../src/protocol/server-message.ts";
import { sfreq } from "../../src/eeg/sfreq.ts";

describe("when a window's last sample was sent", () => {
  test("is when the frame that holds it was", () => {
    const sent = createSent();
    for (let frame = 1; frame <= 10; frame++) sent.push(frame * 8, frame * 50);
    expect([1, 8, 9, 16, 75, 80].map((prefix) => sent.completed(prefix))).toEqual([
      50, 50, 100, 100, 500, 500,
    ]);
    expect(sent.completed(81)).toBeNull();
  });
  test("is forgotten after a while, not guessed", () => {
    const sent = createSent();
    for (let frame = 1; frame <= 5000; frame++) sent.push(frame, frame);
    expect(sent.completed(5000)).toBe(5000);
    expect(sent.completed(4000)).toBe(4000);
    expect(sent.completed(100)).toBeNull();
  });
});

const decision = (sample: number): ServerMessage =>
  ({ kind: "decision", decision: { sample } }) as unknown as ServerMessage;

test("decisions that are missing between others, and at the end, are counted", () => {
  const attendance = createAttendance(12.8);
  for (const sample of [80, 93, 106, 157, 170]) attendance.message(decision(sample)); // 118.4, 131.2 and 144 are not there
  expect(attendance.missing).toBe(3);
  expect(attendance.outstanding(182)).toBe(0);
  expect(attendance.outstanding(200)).toBe(2);
  expect(createAttendance(16).outstanding(160)).toBe(10);
});

test("what the server says it dropped counts, but for samples", () => {
  const attendance = createAttendance(16);
  const dropped = (what: string, messages: number): ServerMessage =>
    ({ kind: "dropped", what, messages }) as unknown as ServerMessage;
  attendance.message(dropped("samples", 5));
  attendance.message(dropped("decisions", 2));
  expect(attendance.dropped).toBe(2);
});

test("arrivals are kept beyond the first room that was made for them", () => {
  const log = createArrivalLog();
  for (let i = 0; i < 10_000; i++)
    log.push({ at: i, latency: 2 * i, queue: 0, tokens: 0, encoder: 0, decode: 0, write: 0 });
  expect(log.length).toBe(10_000);
  expect(log.latency[9999]).toBe(19_998);
});

test("a made-up headset has the electrodes that the model wants, spread over its region where there are fewer", () => {
  const region = ["P7", "P3", "Pz", "P4", "P8", "O1", "Oz", "O2"];
  expect(chooseElectrodes(region, 4)).toEqual(["P7", "Pz", "P8", "Oz"]);
  const many = chooseElectrodes(region, 64);
  expect(new Set(many).size).toBe(64);
  expect(many.slice(0, 8)).toEqual(region);
  expect(() => chooseElectrodes(region, 5000)).toThrow(/channels: at most \d+, got 5000$/);
});

test("the EEG that is sent goes round without a hole", async () => {
  const loop = await createEegLoop(["O1", "O2"], sfreq(100));
  const whole = loop.cut(0, 2400, 0);
  const across = loop.cut(2390, 20, 0);
  expect([...across.subarray(0, 10)]).toEqual([...whole.subarray(2390, 2400)]);
  expect([...across.subarray(10, 20)]).toEqual([...whole.subarray(0, 10)]);
  expect([...across.subarray(30, 40)]).toEqual([...whole.subarray(2400, 2410)]);
});
