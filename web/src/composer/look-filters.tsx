import type { MediaFilter } from '../operations.gen.ts'
import { drawingOf, filterNames } from './looks.ts'

const drawings = filterNames.map((filter) => ({ filter, ...drawingOf(filter) }))

/** `filter` of a style that draws with a look; `LookFilters` must be on the page. */
export const lookStyle = (filter: MediaFilter) =>
  filter === 'ORIGINAL' ? undefined : `url(#look-${filter.toLowerCase()})`

/** The looks as filters of the page. */
export function LookFilters() {
  return (
    <svg width="0" height="0" aria-hidden="true" className="look-filters">
      {drawings.map(({ filter, matrix, lines, fade }) => (
        <filter key={filter} id={`look-${filter.toLowerCase()}`} colorInterpolationFilters="sRGB">
          <feColorMatrix type="matrix" values={matrix} />
          <feComponentTransfer>
            <feFuncR type="linear" {...lines[0]} />
            <feFuncG type="linear" {...lines[1]} />
            <feFuncB type="linear" {...lines[2]} />
          </feComponentTransfer>
          {fade > 0 && (
            <feComponentTransfer>
              <feFuncR type="linear" slope={1 - fade} intercept={fade} />
              <feFuncG type="linear" slope={1 - fade} intercept={fade} />
              <feFuncB type="linear" slope={1 - fade} intercept={fade} />
            </feComponentTransfer>
          )}
        </filter>
      ))}
    </svg>
  )
}
