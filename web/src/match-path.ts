/** The parts of a path that a pattern such as `/p/:id` names; null when it does not match. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.replace(/(.)\/$/, '$1').split('/')
  if (wanted.length !== given.length) return null
  const parts: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    const name = /^(@?):(\w+)$/.exec(part)
    if (!name) {
      if (part !== value) return null
      continue
    }
    const [, sign = '', key = ''] = name
    if (!value.startsWith(sign) || value.length === sign.length) return null
    parts[key] = decodeURIComponent(value.slice(sign.length))
  }
  return parts
}
