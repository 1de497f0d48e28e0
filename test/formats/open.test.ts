import { describe, expect, test } from "@jest/globals";
import type { EegError } from "../../src/eeg/errors.ts";
import { blobSource } from "../../src/formats/byte-source.ts";
import { openRecording } from "../../src/formats/open.ts";

/** What a file that begins like this is refused with; its source must be closed by then. */
async function refusal(bytes: Uint8Array<ArrayBuffer>): Promise<EegError> {
  let closed = false;
  const source = {
    ...blobSource(new Blob([bytes]), "x"),
    close: async () => {
      closed = true;
    },
  };
  const error = await openRecording(source).then(
    () => {
      throw new Error("was not refused");
    },
    (cause: unknown) => cause as EegError,
  );
  expect(closed).toBe(true);
  return error;
}

describe("what is no recording is refused in one sentence that says what it is", () => {
  test.each([
    ["", "x: the file is empty"],
    [
      "\0\0\0",
      "x: only zero bytes where a header should be; the copy was interrupted or the disk is damaged",
    ],
    ["\x1f\x8b\x08", "x: gzip data; unpack it first (gunzip)"],
    ["PK\x03\x04", "x: a zip archive; unpack it first"],
    ["\xff\xfe0\0 \0", "x: UTF-16 text; the recording was saved by a text editor, take the original"],
    ["\xef\xbb\xbf0       X", "x: an EDF file saved as text with a byte order mark; take the original"],
    [
      "\n<!DOCTYPE html>",
      "x: a web page; the download was refused or needs a login, fetch the recording itself",
    ],
    [
      "version https://git-lfs.github.com/spec/v1",
      "x: a Git LFS pointer; fetch the recording itself (git lfs pull)",
    ],
  ])("%j", async (beginning, message) => {
    const error = await refusal(Uint8Array.from(beginning, (c) => c.charCodeAt(0)));
    expect(error).toMatchObject({ name: "EegError", code: "FORMAT_UNKNOWN", message });
  });

  test("what is quite unknown is shown by its first bytes", async () => {
    const error = await refusal(new TextEncoder().encode("Time,Fp1,Fp2\n"));
    expect(error.code).toBe("FORMAT_UNKNOWN");
    expect(error.message).toMatch(/^x: no format that brainwire reads: an EDF file begins with /);
    expect(error.message).toMatch(
      /this one with 54 69 6d 65 2c 46 70 31 \(byte 0\); convert it to EDF first$/,
    );
  });
});
