import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { type MediaFieldsFragment, SetMediaCaptionsDocument } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'

/** Puts captions on a video, a WebVTT file for each language, and takes them away. */
export function CaptionsField({ media }: { media: MediaFieldsFragment }) {
  const [set, busy] = useAction(SetMediaCaptionsDocument)
  const [language, setLanguage] = useState(navigator.language)
  const put = async (file: File | undefined) => {
    if (!file) return
    const done = await set({ mediaId: media.id, language: language.trim(), webVtt: await file.text() })
    if (done) showToast('The captions are on the video.')
  }
  return (
    <fieldset className="captions-field">
      <legend>Captions</legend>
      {media.captions.length > 0 && (
        <ul className="chips">
          {media.captions.map((captions) => (
            <li key={captions.language} className="chip">
              {captions.language}
              <button
                type="button"
                disabled={busy}
                aria-label={`Remove captions in ${captions.language}`}
                onClick={() => set({ mediaId: media.id, language: captions.language, webVtt: null })}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="field-pair">
        <label className="field">
          <span>Language</span>
          <input
            value={language}
            maxLength={35}
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setLanguage(event.target.value)}
          />
        </label>
        <label className="field">
          <span>WebVTT file</span>
          <input
            type="file"
            accept=".vtt,text/vtt"
            disabled={busy || language.trim() === ''}
            onChange={(event) => {
              void put(event.target.files?.[0])
              event.target.value = ''
            }}
          />
        </label>
      </div>
    </fieldset>
  )
}
