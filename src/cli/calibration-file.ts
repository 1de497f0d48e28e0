import { readFile } from "node:fs/promises";
import { type Calibration, parseCalibration } from "../decode/calibration.ts";
import { EegError } from "../eeg/errors.ts";

/** @throws EegError FILE_UNREADABLE, CALIBRATION_INVALID */
export async function readCalibration(path: string): Promise<Calibration> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new EegError("FILE_UNREADABLE", `${path}: cannot be read (${cause.code ?? cause.message})`, {
      cause,
    });
  });
  return parseCalibration(text, path);
}
