/** The local start time of a recording, as EDF has it: without a zone, and never converted to one. */

/** A day and a time of day. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** From midnight. */
  readonly seconds: number;
}

export interface StartTime {
  readonly time: LocalTime | null;
  /** What was wrong with the fields, if anything. */
  readonly fault: string | null;
}

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

/**
 * Start date and time from the header (EDF 1992, section "header record"; EDF+ 2.1.3.3 items 2 to 4).
 * @param date `dd.mm.yy`; years 85 to 99 are 1985 to 1999, 00 to 84 are 2000 to 2084
 * @param recording the local recording identification; its `Startdate dd-MMM-yyyy` settles the century
 */
export function parseStartTime(date: string, time: string, recording: string): StartTime {
  const clock = /^(\d\d)(.)(\d\d)(.)(\d\d)$/.exec(time);
  const seconds = clock && Number(clock[1]) * 3600 + Number(clock[3]) * 60 + Number(clock[5]);
  if (!clock || Number(clock[1]) > 23 || Number(clock[3]) > 59 || Number(clock[5]) > 59)
    return { time: null, fault: `start time '${time}' is no time of day (hh.mm.ss); the recording has none` };
  const full = fullStartDate(recording);
  const match = /^(\d\d)(.)(\d\d)(.)(\d\d|yy)$/i.exec(date);
  let day = match && { day: Number(match[1]), month: Number(match[3]), year: clippedYear(match[5]!) };
  const dotted = match?.[2] === "." && match[4] === ".";
  if (day && full && (Number.isNaN(day.year) || !dotted || sameDay(day, full))) day = full;
  if (!day || !isDay(day))
    return { time: null, fault: `start date '${date}' is no date (dd.mm.yy); the recording has none` };
  const fault =
    dotted && clock[2] === "." && clock[4] === "."
      ? full && day !== full
        ? `start date '${date}' and the Startdate of the recording identification differ; the former was taken`
        : null
      : `start date and time '${date} ${time}' are not written with points; taken as ${formatDay(day)}`;
  return { time: { ...day, seconds: seconds! }, fault };
}

/**
 * ISO 8601 without a zone, `2009-12-10T12:44:02.123`, of a time moved by some seconds.
 * @param offset in seconds, its fraction is kept to 0.1 µs (EDF+ writers give no more)
 */
export function formatLocalTime(time: LocalTime, offset: number): string {
  const ticks = Math.round((time.seconds + offset) * 1e7);
  const dayTicks = 86_400e7;
  const days = Math.floor(ticks / dayTicks);
  const rest = ticks - days * dayTicks;
  const whole = Math.floor(rest / 1e7);
  const fraction = rest - whole * 1e7;
  const two = (n: number): string => String(n).padStart(2, "0");
  const clock = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(two).join(":");
  const decimals = fraction === 0 ? "" : `.${String(fraction).padStart(7, "0").replace(/0+$/, "")}`;
  return `${formatDay(movedDay(time, days))}T${clock}${decimals}`;
}

type Day = Omit<LocalTime, "seconds">;

/** The clipping date of EDF: 1985 (EDF+ 2.1.3.3 item 2). NaN after 2084, where the field says `yy`. */
function clippedYear(text: string): number {
  const year = Number(text);
  return year >= 85 ? 1900 + year : 2000 + year;
}

function fullStartDate(recording: string): Day | null {
  const match = /^Startdate (\d\d)-([A-Z]{3})-(\d{4})\b/i.exec(recording);
  if (!match) return null;
  const day = {
    day: Number(match[1]),
    month: months.indexOf(match[2]!.toUpperCase()) + 1,
    year: Number(match[3]),
  };
  return isDay(day) ? day : null;
}

function sameDay(a: Day, b: Day): boolean {
  return a.day === b.day && a.month === b.month && a.year % 100 === b.year % 100;
}

function isDay({ year, month, day }: Day): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function movedDay({ year, month, day }: Day, days: number): Day {
  day += days;
  while (day > daysInMonth(year, month)) {
    day -= daysInMonth(year, month);
    month = (month % 12) + 1;
    if (month === 1) year++;
  }
  while (day < 1) {
    month = month === 1 ? 12 : month - 1;
    if (month === 12) year--;
    day += daysInMonth(year, month);
  }
  return { year, month, day };
}

function formatDay({ year, month, day }: Day): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}
