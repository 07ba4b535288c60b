/** Why a file did not become media. The code goes to `Media.failure.code`. */
export type MediaFailureCode =
  | 'EMPTY'
  | 'UNSUPPORTED_TYPE'
  | 'TOO_MANY_PIXELS'
  | 'TOO_LARGE'
  | 'TOO_LONG'
  | 'CORRUPT'
  | 'TIMED_OUT'
  | 'INTERNAL'

type FailureRow = { retryable: boolean; message: string }

/**
 * One row per code. `retryable`: the same bytes may well succeed later, because the cause may lie with this machine; what the
 * bytes themselves caused fails again. `message` is the sentence the uploader reads.
 */
export const mediaFailures: Readonly<Record<MediaFailureCode, FailureRow>> = {
  EMPTY: { retryable: false, message: 'The file is empty.' },
  UNSUPPORTED_TYPE: {
    retryable: false,
    message: 'This type of file is not supported, or it is not what its content type says.',
  },
  TOO_MANY_PIXELS: { retryable: false, message: 'The picture has too many pixels.' },
  TOO_LARGE: { retryable: false, message: 'The file is too large.' },
  TOO_LONG: { retryable: false, message: 'The video is too long.' },
  CORRUPT: { retryable: false, message: 'The file is damaged or incomplete.' },
  TIMED_OUT: { retryable: true, message: 'Processing the file took too long.' },
  INTERNAL: { retryable: true, message: 'Something went wrong while processing the file.' },
}

/**
 * The one error that media processing throws on purpose. `message` is fit for users; `detail` (a decoder's words, the tail of
 * stderr) is for the log only and may hold paths.
 */
export class MediaFailure extends Error {
  readonly code: MediaFailureCode
  readonly detail: string | undefined

  constructor(code: MediaFailureCode, detail?: string, options?: ErrorOptions) {
    super(mediaFailures[code].message, options)
    this.name = 'MediaFailure'
    this.code = code
    this.detail = detail
  }

  get retryable(): boolean {
    return mediaFailures[this.code].retryable
  }
}
