import { createClock, synchronised, type Clock, type ClockOffset } from "../eeg/clock-offsets.ts";

/** This machine's LSL clock for times of a sender's, by the offsets that liblsl measures. */
export interface SenderClock {
  /** @param value what is added to a stamp now; @param now this machine's clock */
  measured(value: number, now: number): void;
  /** The sender was found again, on another machine maybe: what was measured before holds until the next measurement. */
  reset(): void;
  /** @returns the time itself while no offset is known */
  here(time: number): number;
  /** The other way round. */
  there(time: number): number;
}

/** Measurements that are looked back on: liblsl takes one every two seconds. */
const kept = 60;

export function createSenderClock(): SenderClock {
  let offsets: ClockOffset[] = [];
  let clock: Clock = createClock([]);
  let count = 0;
  let outdated = false;
  return {
    measured(value, now) {
      if (outdated) offsets = [];
      outdated = false;
      if (offsets.at(-1)?.value === value) return;
      offsets = [...offsets.slice(1 - kept), { time: now - value, value, byte: count++ }];
      clock = createClock(offsets);
    },
    reset() {
      outdated = true;
    },
    here: (time) => synchronised(time, clock.lineAt(time, count)),
    there(time) {
      const { origin, offset, slope } = clock.lineAt(time, count);
      return (time - offset + slope * origin) / (1 + slope);
    },
  };
}
