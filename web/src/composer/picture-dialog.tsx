import type { CSSProperties } from 'react'
import type { MediaFilter } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Segments } from '../parts/segments.tsx'
import { cropOf, type Framing, type Shape } from './crop.ts'
import { lookStyle } from './look-filters.tsx'
import { filterNames, nameOfFilter } from './looks.ts'

/** How a picture is to be drawn. */
export interface PictureEdit {
  readonly filter: MediaFilter
  readonly framing: Framing
}

const shapeLabels: readonly { value: Shape; label: string }[] = [
  { value: 'AS_IS', label: 'Whole' },
  { value: 'SQUARE', label: 'Square' },
  { value: 'PORTRAIT', label: '4:5' },
  { value: 'LANDSCAPE', label: 'Wide' },
]

/** Chooses a look and a part of a picture, with a preview of both. `LookFilters` must be on the page. */
export function PictureDialog({
  name,
  url,
  width,
  height,
  edit: { filter, framing },
  onChange,
  onClose,
}: {
  name: string
  url: string
  /** Pixels, upright. */
  width: number
  height: number
  edit: PictureEdit
  onChange: (edit: PictureEdit) => void
  onClose: () => void
}) {
  const frame = (change: Partial<Framing>) => onChange({ filter, framing: { ...framing, ...change } })
  return (
    <Dialog title="Look and crop" onClose={onClose}>
      <div className="picture-edit">
        <EditedPicture url={url} alt={name} width={width} height={height} edit={{ filter, framing }} />
        <Segments
          legend="Shape"
          name="shape"
          choices={shapeLabels}
          chosen={framing.shape}
          onChoose={(shape) => frame({ shape })}
        />
        {framing.shape !== 'AS_IS' && (
          <div className="picture-edit-sliders">
            <Slider
              label="Closer"
              min={1}
              max={3}
              value={framing.zoom}
              onChange={(zoom) => frame({ zoom })}
            />
            <Slider label="Left to right" value={framing.x} onChange={(x) => frame({ x })} />
            <Slider label="Top to bottom" value={framing.y} onChange={(y) => frame({ y })} />
          </div>
        )}
        <fieldset className="looks">
          <legend>Look</legend>
          <div>
            {filterNames.map((value) => (
              <label key={value}>
                <input
                  type="radio"
                  name="look"
                  value={value}
                  checked={value === filter}
                  onChange={() => onChange({ filter: value, framing })}
                />
                <img src={url} alt="" style={{ filter: lookStyle(value) }} />
                <span>{nameOfFilter(value)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <button type="button" className="button button-primary button-large" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  )
}

/** A picture as it will be: its part, in its look. `LookFilters` must be on the page. */
export function EditedPicture({
  url,
  alt,
  width,
  height,
  edit: { filter, framing },
}: {
  url: string
  alt: string
  width: number
  height: number
  edit: PictureEdit
}) {
  const part = cropOf(framing, width, height) ?? { x: 0, y: 0, width: 1, height: 1 }
  const ratio = ((part.width * width) / (part.height * height)).toFixed(4)
  const style: CSSProperties = {
    width: `${100 / part.width}%`,
    height: `${100 / part.height}%`,
    left: `${(-100 * part.x) / part.width}%`,
    top: `${(-100 * part.y) / part.height}%`,
    filter: lookStyle(filter),
  }
  return (
    <span className="edited-picture" style={{ '--ratio': ratio } as CSSProperties}>
      <span>
        <img src={url} alt={alt} style={style} />
      </span>
    </span>
  )
}

function Slider({
  label,
  value,
  min = 0,
  max = 1,
  onChange,
}: {
  label: string
  value: number
  min?: number
  max?: number
  onChange: (value: number) => void
}) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={0.01}
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </label>
  )
}
