// All that can be done with a recording: opened, summed up, every item of every stream read, every sample examined.
import { examineSamples } from "../../dist/formats/examine.js";
import { EegError } from "../../dist/index.js";

/** More values than any seed holds, however it is damaged. */
const mostValues = 2e6;

/** Files in memory, as those of one folder. */
function folderOf(files) {
  const state = { open: 0 };
  const sibling = async (name) => (Object.hasOwn(files, name) ? source(name) : null);
  const source = (name) => {
    state.open++;
    return {
      name,
      size: files[name].length,
      read: async (offset, length) => {
        if (!Number.isSafeInteger(offset) || offset < 0 || !(length >= 0))
          throw new Error(`read(${offset}, ${length})`);
        return files[name].slice(offset, offset + length);
      },
      close: async () => void state.open--,
      sibling,
    };
  };
  return { source, state };
}

/**
 * @param files by name, the first is opened
 * @param look called now and then, for whoever watches memory
 * @returns `read`, or the code of the EegError that refused it. Anything else is thrown.
 */
export async function readWhole(open, files, look = () => undefined) {
  const { source, state } = folderOf(files);
  const first = source(Object.keys(files)[0]);
  let recording;
  try {
    recording = await open(first);
  } catch (error) {
    if (!(error instanceof EegError)) throw error;
    if (state.open > 1) throw new Error(`${state.open - 1} files left open`, { cause: error });
    return error.code;
  }
  const outcome = await readRest(recording, look).catch((error) => error);
  await recording.close();
  if (state.open > 0) throw new Error(`${state.open} files left open`);
  if (outcome instanceof EegError) return outcome.code;
  if (outcome instanceof Error) throw outcome;
  return "read";
}

async function readRest(recording, look) {
  look();
  JSON.stringify(await recording.summary());
  look();
  for (const stream of recording.streams.keys()) await readStream(recording, stream, look);
  await examineSamples(recording);
  look();
  for (const { code, message } of recording.diagnostics)
    if (typeof code !== "string" || typeof message !== "string" || message.length > 2000)
      throw new Error(`diagnostic ${code}: ${message}`);
}

/** Items keep to their contract, whatever the file is like, and stretches hold the same. */
async function readStream(recording, stream, look) {
  let segment = -1;
  const lasts = [];
  let nChannels = -1;
  let end = 0;
  let values = 0;
  let items = 0;
  for await (const item of recording.items({ stream })) {
    if (items++ % 64 === 0) look();
    if (item.kind === "info") {
      nChannels = item.stream.channels.length;
      end = 0;
      segment++;
      continue;
    }
    if (nChannels < 0) throw new Error(`${item.kind} before info`);
    if (item.kind === "marker") {
      if (!Number.isFinite(item.onset) || !Number.isFinite(item.duration) || typeof item.text !== "string")
        throw new Error(`marker ${JSON.stringify(item)}`);
      continue;
    }
    if (item.start !== end || !Number.isSafeInteger(item.nSamples) || item.nSamples <= 0)
      throw new Error(`${item.kind} at ${item.start}, ${item.nSamples} samples, where ${end} was due`);
    end += item.nSamples;
    if (!Number.isSafeInteger(end)) throw new Error(`grid beyond all integers: ${end}`);
    if (item.kind === "gap") continue;
    if (item.data.length !== item.nSamples * nChannels)
      throw new Error(`${item.data.length} values in ${item.nSamples} samples of ${nChannels}`);
    lasts[segment] = item;
    values += item.data.length;
    if (values > mostValues) throw new Error("no end of samples");
  }
  for (const [i, item] of lasts.entries()) {
    if (!item || i > 5) continue;
    const { start, nSamples } = item;
    const { data } = await recording.readStretch({ stream, segment: i, start, nSamples });
    if (Buffer.compare(bytesOf(data), bytesOf(item.data)) !== 0)
      throw new Error(
        `the stretch of ${nSamples} samples at ${start} of segment ${i} is not what the item has`,
      );
  }
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
