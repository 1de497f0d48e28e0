/** A local time: without a zone, and never converted to one. */
export interface LocalTime {
  /** Days since 1970-01-01. */
  readonly day: number;
  /** Seconds from midnight, [0, 86400). */
  readonly seconds: number;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar, or null if there is no such day. */
export function dayNumber(year: number, month: number, day: number): number | null {
  if (!(
    year >= 1 &&
    year <= 9999 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month)
  ))
    return null;
  // Counted from March, so that the leap day is the last of its year.
  const shifted = month > 2 ? year : year - 1;
  const fromMarch = (month + 9) % 12;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + Math.floor((fromMarch * 153 + 2) / 5) + day - 1 - 719468;
}

/** A time as `formatLocalTime` writes it, or null if the text is none. */
export function parseLocalTime(iso: string): LocalTime | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(iso);
  const day = match && dayNumber(Number(match[1]), Number(match[2]), Number(match[3]));
  if (!match || day === null) return null;
  return { day, seconds: Number(match[4]) * 3600 + Number(match[5]) * 60 + Number(match[6]) };
}

/** Some seconds later or earlier. */
export function movedTime(time: LocalTime, seconds: number): LocalTime {
  const total = time.seconds + seconds;
  const days = Math.floor(total / 86400);
  return { day: time.day + days, seconds: total - days * 86400 };
}

export function secondsBetween(from: LocalTime, to: LocalTime): number {
  return (to.day - from.day) * 86400 + (to.seconds - from.seconds);
}

/** ISO 8601 without a zone, `2009-12-10T12:44:02.123`, to 0.1 µs: EDF+ writers give as much. */
export function formatLocalTime(time: LocalTime): string {
  const ticks = Math.round(time.seconds * 1e7);
  const carry = ticks >= 86400e7 ? 1 : 0;
  const rest = ticks - carry * 86400e7;
  const whole = Math.floor(rest / 1e7);
  const fraction = rest - whole * 1e7;
  const { year, month, day } = calendar(time.day + carry);
  const two = (n: number): string => String(n).padStart(2, "0");
  const clock = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(two).join(":");
  const decimals = fraction === 0 ? "" : `.${String(fraction).padStart(7, "0").replace(/0+$/, "")}`;
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${clock}${decimals}`;
}

function calendar(dayNumberOf: number): { year: number; month: number; day: number } {
  const z = dayNumberOf + 719468;
  const era = Math.floor(z / 146097);
  const ofEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
