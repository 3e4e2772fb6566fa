/**
 * How one says a length of time: two units at most, none that is zero. `code` names the translated text
 * `duration.<code>`, the other fields are its placeholders.
 */
export type DurationText =
  | { readonly code: "days-hours"; readonly days: number; readonly hours: number }
  | { readonly code: "days"; readonly days: number }
  | { readonly code: "hours-minutes"; readonly hours: number; readonly minutes: number }
  | { readonly code: "hours"; readonly hours: number }
  | { readonly code: "minutes-seconds"; readonly minutes: number; readonly seconds: number }
  | { readonly code: "minutes"; readonly minutes: number }
  | { readonly code: "seconds"; readonly seconds: number };

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
/** Below this, s, the seconds are said too. */
const exact = 10 * minute;

/**
 * Rounds to what a person wants to know: seconds below ten minutes, minutes below a day, else hours.
 *
 * @param seconds negative or no number counts as 0
 * @example describeDuration(5252.17) // { code: "hours-minutes", hours: 1, minutes: 28 }
 */
export function describeDuration(seconds: number): DurationText {
  const length = Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
  // Rounded before it is split: 59.6 s is one minute, not "60 s".
  const whole = Math.round(length);
  if (whole < minute) return { code: "seconds", seconds: whole };
  if (whole < exact) {
    const [minutes, rest] = split(whole, minute);
    return rest === 0 ? { code: "minutes", minutes } : { code: "minutes-seconds", minutes, seconds: rest };
  }
  const wholeMinutes = Math.round(length / minute) * minute;
  if (wholeMinutes < hour) return { code: "minutes", minutes: wholeMinutes / minute };
  if (wholeMinutes < day) {
    const [hours, rest] = split(wholeMinutes, hour);
    return rest === 0 ? { code: "hours", hours } : { code: "hours-minutes", hours, minutes: rest / minute };
  }
  const [days, rest] = split(Math.round(length / hour) * hour, day);
  return rest === 0 ? { code: "days", days } : { code: "days-hours", days, hours: rest / hour };
}

function split(seconds: number, unit: number): [whole: number, rest: number] {
  return [Math.floor(seconds / unit), seconds % unit];
}
