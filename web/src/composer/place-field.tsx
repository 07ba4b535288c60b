import { useState } from 'react'
import type { LocationInput } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'

/** A place as it is typed. */
export interface Place {
  readonly name: string
  readonly latitude: string
  readonly longitude: string
}

export const nowhere: Place = { name: '', latitude: '', longitude: '' }

const degrees = (text: string, most: number) => {
  const value = Number.parseFloat(text)
  return Number.isFinite(value) && Math.abs(value) <= most ? value : null
}

/** What a typed place means: null for none, undefined for one that lacks its name or its position. */
export function locationOf({ name, latitude, longitude }: Place): LocationInput | null | undefined {
  if (!name.trim() && !latitude && !longitude) return null
  const north = degrees(latitude, 90)
  const east = degrees(longitude, 180)
  if (!name.trim() || north === null || east === null) return undefined
  return { name: name.trim(), latitude: north, longitude: east }
}

/** Where something was made: a name, and a position that is typed or asked of the device. */
export function PlaceField({
  place,
  onChange,
  optionalPosition = false,
}: {
  place: Place
  onChange: (place: Place) => void
  optionalPosition?: boolean
}) {
  const [finding, setFinding] = useState(false)
  const find = () => {
    setFinding(true)
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setFinding(false)
        onChange({
          ...place,
          latitude: coords.latitude.toFixed(5),
          longitude: coords.longitude.toFixed(5),
        })
      },
      () => {
        setFinding(false)
        showToast('The device did not say where it is.', 'error')
      },
      { maximumAge: 600_000, timeout: 20_000 },
    )
  }
  const isIncomplete = place.name.trim() !== '' && locationOf(place) === undefined
  return (
    <fieldset className="place-field">
      <legend>Place</legend>
      <label className="field">
        <span>Name of the place</span>
        <input
          value={place.name}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => onChange({ ...place, name: event.target.value })}
        />
      </label>
      {(place.name !== '' || place.latitude !== '') && (
        <>
          <div className="field-pair">
            <label className="field">
              <span>Degrees north</span>
              <input
                type="number"
                step="any"
                min={-90}
                max={90}
                value={place.latitude}
                onChange={(event) => onChange({ ...place, latitude: event.target.value })}
              />
            </label>
            <label className="field">
              <span>Degrees east</span>
              <input
                type="number"
                step="any"
                min={-180}
                max={180}
                value={place.longitude}
                onChange={(event) => onChange({ ...place, longitude: event.target.value })}
              />
            </label>
          </div>
          <div className="place-field-foot">
            {'geolocation' in navigator && (
              <button type="button" className="button button-small" disabled={finding} onClick={find}>
                {finding ? 'Looking…' : 'Use where I am'}
              </button>
            )}
            {isIncomplete && !optionalPosition && (
              <small className="muted">A place needs a position, so that others find it.</small>
            )}
          </div>
        </>
      )}
    </fieldset>
  )
}
