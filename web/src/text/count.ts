/** `12,400` or, when short, `12.4K`. */
export function formatCount(count: number, notation: 'standard' | 'compact' = 'standard'): string {
  return new Intl.NumberFormat('en', { notation, maximumFractionDigits: 1 }).format(count)
}

/** `1 like`, `2 likes`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
