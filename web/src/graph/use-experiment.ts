import { useEffect } from 'react'
import { useClient, useQuery } from 'urql'
import { ExperimentsDocument, RecordExposureDocument } from '../operations.gen.ts'

/** What was said already since the page was loaded. */
const said = new Set<string>()

/**
 * The variant of a running experiment that the viewer is in; null when he is in none of that key, or it is not known yet. Where it
 * makes a difference, `isMet` is true: then it is said once that he met it, whatever the variant.
 */
export function useExperiment(key: string, isMet: boolean): string | null {
  const client = useClient()
  const [{ data }] = useQuery({ query: ExperimentsDocument })
  const viewer = data?.viewer
  const variant = viewer?.experiments.find((one) => one.key === key)?.variant ?? null
  const exposure = isMet && variant !== null ? `${viewer?.id} ${key}` : null
  useEffect(() => {
    if (exposure === null || said.has(exposure)) return
    said.add(exposure)
    // What is not taken is said again by the next page: it counts once.
    void client.mutation(RecordExposureDocument, { input: { experimentKey: key } }).toPromise()
  }, [client, exposure, key])
  return variant
}
