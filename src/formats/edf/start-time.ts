import { dayNumber, formatLocalTime, type LocalTime } from "../local-time.ts";

export interface StartTime {
  readonly time: LocalTime | null;
  /** What was wrong with the fields, if anything. */
  readonly fault: string | null;
}

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

/**
 * Start date and time from the header (EDF 1992, section "header record"; EDF+ 2.1.3.3 items 2 to 4).
 * @param date `dd.mm.yy`; years 85 to 99 are 1985 to 1999, 00 to 84 are 2000 to 2084
 * @param recording the local recording identification; its `Startdate dd-MMM-yyyy` settles the century, and
 * `Startdate X` beside 01.01.85 00.00.00 says that nobody knows the start
 */
export function parseStartTime(date: string, time: string, recording: string): StartTime {
  if (/^Startdate X(?: |$)/.test(recording) && date === "01.01.85" && time === "00.00.00")
    return { time: null, fault: null };
  const clock = /^(\d\d)(.)(\d\d)(.)(\d\d)$/.exec(time);
  const seconds = clock && Number(clock[1]) * 3600 + Number(clock[3]) * 60 + Number(clock[5]);
  if (!clock || Number(clock[1]) > 23 || Number(clock[3]) > 59 || Number(clock[5]) > 59)
    return { time: null, fault: `start time '${time}' is no time of day (hh.mm.ss); the recording has none` };
  const settled = recordedDay(recording);
  const match = /^(\d\d)(.)(\d\d)(.)(\d\d|yy)$/i.exec(date);
  const own = match && { day: Number(match[1]), month: Number(match[3]), year: clippedYear(match[5]!) };
  const dotted = match?.[2] === "." && match[4] === ".";
  const settles = settled && own && (Number.isNaN(own.year) || !dotted || sameDay(own, settled));
  const chosen = settles ? settled : own;
  const day = chosen && dayNumber(chosen.year, chosen.month, chosen.day);
  if (day === null)
    return { time: null, fault: `start date '${date}' is no date (dd.mm.yy); the recording has none` };
  const start = { day, seconds: seconds! };
  if (!dotted || clock[2] !== "." || clock[4] !== ".")
    return {
      time: start,
      fault: `start date and time '${date} ${time}' are not written with points; taken as ${formatLocalTime(start)}`,
    };
  return {
    time: start,
    fault:
      settled && !settles
        ? `start date '${date}' and the Startdate of the recording identification differ; the former was taken`
        : null,
  };
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The clipping date of EDF: 1985 (EDF+ 2.1.3.3 item 2). NaN after 2084, where the field says `yy`. */
function clippedYear(text: string): number {
  const year = Number(text);
  return year >= 85 ? 1900 + year : 2000 + year;
}

/** The date in the local recording identification, if there is one and it is a date. */
function recordedDay(recording: string): Day | null {
  const match = /^Startdate (\d\d)-([A-Z]{3})-(\d{4})\b/i.exec(recording);
  if (!match) return null;
  const month = months.indexOf(match[2]!.toUpperCase()) + 1;
  const found = { year: Number(match[3]), month, day: Number(match[1]) };
  return dayNumber(found.year, found.month, found.day) === null ? null : found;
}

function sameDay(a: Day, b: Day): boolean {
  return a.day === b.day && a.month === b.month && a.year % 100 === b.year % 100;
}
