import { EegError } from "../eeg/errors.ts";

/** Which stream of the network is meant, and what is to be known of it that it does not say itself. */
export interface LslAddress {
  readonly name?: string;
  readonly type?: string;
  readonly sourceId?: string;
  readonly host?: string;
  /** The unit of channels that declare none. */
  readonly unit?: string;
  /** The name of a stream of texts whose samples are markers on this one. */
  readonly markers?: string;
}

const keys: Readonly<Record<string, keyof LslAddress>> = {
  name: "name",
  type: "type",
  source_id: "sourceId",
  host: "host",
  hostname: "host",
  unit: "unit",
  markers: "markers",
};

/** Whether a source named on the command line is a stream of LSL. */
export function isLslAddress(text: string): boolean {
  return /^lsl:/i.test(text);
}

/**
 * Parses `lsl:type=EEG,name=BrainAmp,source_id=...`. Values may hold anything but a comma followed by another key.
 * @throws EegError OPTION_INVALID
 */
export function parseLslAddress(text: string): LslAddress {
  const rest = text.replace(/^lsl:/i, "");
  const address: { -readonly [K in keyof LslAddress]: LslAddress[K] } = {};
  for (const part of rest.split(/,(?=\s*\w+=)/)) {
    const [, key = "", value = ""] = /^\s*(\w*)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    const known = keys[key.toLowerCase()];
    if (!known || value === "")
      throw new EegError(
        "OPTION_INVALID",
        `${text}: expected lsl:KEY=VALUE,... with the keys ${Object.keys(keys).join(", ")}, such as lsl:type=EEG; got '${part}'`,
      );
    address[known] = value;
  }
  const { name, type, sourceId, host } = address;
  if ([name, type, sourceId, host].every((value) => value === undefined))
    throw new EegError("OPTION_INVALID", `${text}: name a stream by name, type, source_id or host`);
  return address;
}

/** As it is written on the command line. */
export function lslAddressText({ name, type, sourceId, host }: LslAddress): string {
  const parts = { name, type, source_id: sourceId, host };
  return Object.entries(parts)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    .join(",");
}
