// Settings: what an account begins with, and what its owner makes of it.
import { adultAt } from '#platform/accounts.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { optionalText } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import type { AccountFacts, ContactPolicy } from '#schema/facts.ts'
import type { SettingsChange, UserRow } from '../model.ts'

type Given<T> = T | null | undefined

export interface SettingsInput {
  isPrivate?: Given<boolean>
  commentPolicy?: Given<ContactPolicy>
  messagePolicy?: Given<ContactPolicy>
  mentionPolicy?: Given<ContactPolicy>
  hideLikeCounts?: Given<boolean>
  showActivityStatus?: Given<boolean>
  readReceipts?: Given<boolean>
  sensitiveContent?: Given<AccountFacts['sensitiveContent']>
  accountType?: Given<UserRow['accountType']>
  language?: Given<string>
}

interface SettingsStore {
  /** `YYYY-MM-DD`; null without the account. */
  findBirthDate(userId: string): Promise<string | null>
  updateSettings(tx: Transaction<'user'>, userId: string, change: SettingsChange): Promise<void>
}

/** What a new account is set to. Who is under 18 is met by those only whom he lets near himself. */
export function firstSettings(birthDate: string, now: Date): SettingsChange & Pick<UserRow, 'isPrivate'> {
  if (adultAt(birthDate) <= now.getTime()) return { isPrivate: false }
  return {
    isPrivate: true,
    commentPolicy: 'FOLLOWING',
    messagePolicy: 'FOLLOWING',
    mentionPolicy: 'FOLLOWING',
    sensitiveContent: 'LESS',
  }
}

/** A language tag in its canonical form (BCP 47). Throws INVALID, TOO_LONG. */
function languageOf(value: string | null): string | null {
  const text = optionalText(value, { field: 'language', max: 35 })
  if (text === null) return null
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null
  } catch {
    throw new AppError('INVALID', 'A language is a tag such as `de` or `pt-BR`.', {
      field: ['input', 'language'],
    })
  }
}

/** What an input changes, by the names of the row. Only a language can be cleared. Throws INVALID, TOO_LONG. */
export function settingsChange(input: SettingsInput): SettingsChange {
  const change: Record<string, unknown> = {
    isPrivate: input.isPrivate,
    commentPolicy: input.commentPolicy,
    messagePolicy: input.messagePolicy,
    mentionPolicy: input.mentionPolicy,
    hidesLikeCounts: input.hideLikeCounts,
    showsActivityStatus: input.showActivityStatus,
    sendsReadReceipts: input.readReceipts,
    sensitiveContent: input.sensitiveContent,
    accountType: input.accountType,
  }
  const given = Object.entries(change).filter(([, value]) => value !== null && value !== undefined)
  const language = input.language === undefined ? {} : { language: languageOf(input.language) }
  return { ...Object.fromEntries(given), ...language }
}

/**
 * Changes the viewer's settings; those left out stay. In force everywhere when it returns. Throws INVALID, TOO_LONG, and
 * BLOCKED_BY_POLICY when a minor asks for more of what is sensitive than LESS.
 */
export async function updateSettings(
  deps: {
    store: SettingsStore
    transact: Transact<'user'>
    accounts: FactModel<AccountFacts>
    now: Date
  },
  userId: string,
  input: SettingsInput,
): Promise<{ userId: string }> {
  const change = settingsChange(input)
  if (change.sensitiveContent && change.sensitiveContent !== 'LESS') {
    const birthDate = await deps.store.findBirthDate(userId)
    if (birthDate === null || adultAt(birthDate) > deps.now.getTime()) {
      throw new AppError('BLOCKED_BY_POLICY', 'Sensitive content is for adults.', {
        field: ['input', 'sensitiveContent'],
      })
    }
  }
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      if (Object.keys(change).length > 0) {
        await deps.store.updateSettings(tx, userId, change)
        tx.emit('account.changed', { userId })
      }
      return { userId }
    }),
  )
}
