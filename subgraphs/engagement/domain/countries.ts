// Where people are, no closer than a country, by the time zone that their devices say: no address is looked up anywhere.

/** Countries (ISO 3166-1, two letters) by time zone, as the Unicode data of the runtime have it. */
let byZone: ReadonlyMap<string, string> | undefined

function zones(): ReadonlyMap<string, string> {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const found = new Map<string, string>()
  for (const country of letters.flatMap((first) => letters.map((second) => first + second))) {
    // Former countries lead to those that are now.
    if (Intl.getCanonicalLocales(`und-${country}`)[0] !== `und-${country}`) continue
    const locale = new Intl.Locale('und', { region: country }) as { getTimeZones?(): string[] | undefined }
    for (const zone of locale.getTimeZones?.() ?? []) found.set(zone, country)
  }
  return found
}

/** A time zone under the one name that all its names lead to; null for what is none. */
function canonical(timeZone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** The country of a time zone of the IANA database; null for one of no country, and for what is none. */
export function countryOf(timeZone: string): string | null {
  if (timeZone.length > 64) return null
  byZone ??= zones()
  return byZone.get(timeZone) ?? byZone.get(canonical(timeZone) ?? '') ?? null
}
