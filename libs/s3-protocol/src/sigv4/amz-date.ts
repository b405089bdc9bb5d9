const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Milliseconds since the Unix epoch of `20130524T000000Z`, or undefined for anything else and for dates that do not exist. */
export function parseAmzDate(text: string): number | undefined {
  const match = AMZ_DATE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const timeMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return formatAmzDate(timeMs) === text ? timeMs : undefined;
}

/** `20130524T000000Z` */
export function formatAmzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/-|:|\.\d{3}/g, '');
}
