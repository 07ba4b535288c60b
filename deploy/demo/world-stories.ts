// The demo world's stories as data. `stories.ts` tells them.
import type { PictureName } from './pictures.ts'
import { demoUsername, type Location, names } from './world.ts'

/** Something for a day. */
export interface Story {
  /** Stable name, from which its idempotency key is made. */
  key: string
  author: string
  picture: PictureName
  audience?: 'CLOSE_FRIENDS'
  poll?: { question: string; options: readonly string[]; votes: Readonly<Record<string, number>> }
  question?: { prompt: string; answers: Readonly<Record<string, string>> }
  /** Usernames of those whom it mentions. */
  mentions?: readonly string[]
  location?: Location
  hashtags?: readonly string[]
  link?: { url: string; text: string }
  /** Who saw it, with his reaction; null for none. */
  seenBy?: Readonly<Record<string, string | null>>
  /** Title of the highlight that keeps it. */
  highlight?: string
}

/** In the order in which they are told. */
export const stories: readonly Story[] = [
  {
    key: 'otto-cup',
    author: 'otto.brews',
    picture: 'flat-white',
    poll: {
      question: 'Afternoon cup?',
      options: ['Filter', 'Espresso'],
      votes: { 'sana.codes': 0, 'corner.roast': 1, 'nadia.k': 0 },
    },
    seenBy: { 'sana.codes': null, 'corner.roast': '☕', 'nadia.k': null },
    highlight: 'Cups',
  },
  {
    key: 'otto-blue',
    author: 'otto.brews',
    picture: 'blue-cup',
    mentions: names('corner.roast'),
    seenBy: { 'corner.roast': '❤️' },
    highlight: 'Cups',
  },
  {
    key: 'leo-trails',
    author: 'leo.nights',
    picture: 'star-trails',
    question: {
      prompt: 'Where do you go for dark skies?',
      answers: { 'freya.north': 'My kitchen window.', 'mira.peaks': 'Above 2,000 m, always.' },
    },
    hashtags: names('nightsky'),
    seenBy: { 'freya.north': '🔥', 'mira.peaks': '😮', 'kaito.film': null },
    highlight: 'Nights',
  },
  {
    key: 'tide-beam',
    author: 'tide.and.salt',
    picture: 'lighthouse',
    location: { name: 'Faro Norte', latitude: 43.7286, longitude: -7.7431 },
    seenBy: { 'henrik.sails': '👏', 'mira.peaks': null },
    highlight: 'Lights',
  },
  {
    key: 'lucia-rows',
    author: 'lucia.blooms',
    picture: 'tulips',
    poll: {
      question: 'Which ones this week?',
      options: ['Red', 'Yellow', 'Stripes'],
      votes: { 'amara.grows': 2, 'nadia.k': 0, 'tide.and.salt': 2 },
    },
    hashtags: names('tulips'),
    seenBy: { 'amara.grows': '😍', 'nadia.k': null, 'tide.and.salt': null },
    highlight: 'Season',
  },
  {
    key: 'freya-green',
    author: 'freya.north',
    picture: 'aurora',
    audience: 'CLOSE_FRIENDS',
    mentions: names('leo.nights'),
    seenBy: { 'leo.nights': '🔥', 'mira.peaks': '❤️' },
  },
  {
    key: 'mira-path',
    author: 'mira.peaks',
    picture: 'starlit-pass',
    question: {
      prompt: 'What goes into your thermos?',
      answers: { 'theo.wanders': 'Tea. Then more tea.', 'freya.north': 'Soup!' },
    },
    seenBy: { 'theo.wanders': null, 'freya.north': '❤️', 'leo.nights': null },
    highlight: 'Ridges',
  },
  {
    key: 'demo-morning',
    author: demoUsername,
    picture: 'blue-morning',
    poll: {
      question: 'Up early?',
      options: ['Of course', 'Ask me at noon'],
      votes: { 'mira.peaks': 0, 'sana.codes': 1, 'otto.brews': 1 },
    },
    seenBy: { 'mira.peaks': '❤️', 'sana.codes': '😂', 'otto.brews': null },
    highlight: 'Mornings',
  },
]
