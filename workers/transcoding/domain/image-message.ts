import { z } from 'zod'
import type { MediaFilter } from '#subgraphs/content/model.ts'
import { type MediaFailureCode, mediaFailures } from './failure.ts'
import { filterNames } from './filters.ts'
import { renditionSchema } from './manifest.ts'

/** What the parent asks of the image process. */
export const imageJobSchema = z.object({
  inputPath: z.string().min(1),
  outDir: z.string().min(1),
  plan: z.enum(['IMAGE', 'POSTER']),
  edit: z
    .object({
      filter: z.enum(filterNames as [MediaFilter, ...MediaFilter[]]),
      crop: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).nullable(),
    })
    .optional(),
  keep: z.boolean().optional(),
})

const drawnImageSchema = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  source: z.object({ width: z.int().positive(), height: z.int().positive() }),
  perceptualHash: z.string().regex(/^[0-9a-f]{16}$/),
  placeholder: z.base64().min(1),
  dominantColor: z.string().regex(/^#[0-9a-f]{6}$/),
  brightness: z.number().min(0).max(255),
  renditions: z.array(renditionSchema).min(2),
  original: renditionSchema.optional(),
})

/** What the image process says, one message a line: progress, and then exactly one of the other two. */
export const imageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), percent: z.number().min(0).max(100) }),
  z.object({ type: z.literal('drawn'), image: drawnImageSchema, memoryBytes: z.int().positive() }),
  z.object({
    type: z.literal('failed'),
    code: z.enum(Object.keys(mediaFailures) as [MediaFailureCode, ...MediaFailureCode[]]),
    detail: z.string(),
  }),
])
export type ImageMessage = z.infer<typeof imageMessageSchema>
