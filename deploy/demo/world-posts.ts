// The demo world's posts as data, with who likes them and what is said under them. `publish.ts` publishes them.
import type { PictureName } from './pictures.ts'
import type { VideoName } from './videos.ts'
import { demoUsername, type Location, names } from './world.ts'

export interface Post {
  /** Stable name, from which its idempotency key is made. */
  key: string
  author: string
  caption: string
  pictures?: readonly PictureName[]
  video?: VideoName
  kind?: 'REEL'
  /** PUBLIC when left out. */
  audience?: 'CLOSE_FRIENDS'
  location?: Location
  /** Usernames of those whom it shows; each approves it. */
  shows?: readonly string[]
  /** Usernames. */
  likes: readonly string[]
  /** Who says what; `replies` stand under it. */
  comments?: readonly Comment[]
}

export interface Comment {
  by: string
  text: string
  replies?: readonly { by: string; text: string }[]
}

/** Oldest first: the last ones stand at the top of the feed. Reels are published before the others. */
export const posts: readonly Post[] = [
  post(
    'theo-green',
    'theo.wanders',
    'Five hours, four tunnels, one window seat.',
    'green-valley',
    'mira.peaks freya.north henrik.sails',
  ),
  {
    key: 'freya-morning',
    author: 'freya.north',
    caption: 'First bus up. The ridges were still asleep. #mountains',
    video: 'morning-ridges',
    kind: 'REEL',
    likes: names('mira.peaks theo.wanders tide.and.salt'),
  },
  post(
    'paper-reef',
    'paper.tiger',
    'Seven sheets of blue. The deepest one took the longest.',
    'paper-reef',
    'studio.quarter juno_paints sana.codes',
    [{ by: 'juno_paints', text: 'The shadow between three and four!' }],
  ),
  {
    key: 'theo-red',
    author: 'theo.wanders',
    caption: 'Four hours of this, out of the left window.',
    video: 'red-ridges',
    kind: 'REEL',
    likes: names('freya.north henrik.sails pablo.street kaito.film'),
    comments: [
      {
        by: 'pablo.street',
        text: 'And the right window?',
        replies: [{ by: 'theo.wanders', text: 'A wall.' }],
      },
    ],
  },
  post(
    'corner-cup',
    'corner.roast',
    'New cups are in. They are very blue.',
    'blue-cup',
    'otto.brews pablo.street nadia.k',
  ),
  post(
    'henrik-lagoon',
    'henrik.sails',
    'Anchored at ten, swam at eleven.',
    'lagoon',
    'tide.and.salt freya.north',
  ),
  post(
    'ines-window',
    'ines.moreau',
    'She waits for the moon every night.',
    'window-cat',
    'nadia.k amara.grows',
    [{ by: 'nadia.k', text: 'Tell her I said hello.' }],
  ),
  post(
    'pablo-neon',
    'pablo.street',
    'Everything is louder at night, even the colours.',
    'skyline-neon',
    'kaito.film vhs.sunset otto.brews',
  ),
  post(
    'studio-mint',
    'studio.quarter',
    'Test print no. 14. Coral over mint stays.',
    'bauhaus-mint',
    'paper.tiger sana.codes juno_paints demo',
  ),
  post(
    'nadia-night',
    'nadia.k',
    'Yellow branches for a dark corner.',
    'night-vases',
    'lucia.blooms ines.moreau amara.grows',
  ),
  post(
    'demo-first',
    demoUsername,
    'First picture here. The mountains helped.',
    'blue-morning',
    'mira.peaks sana.codes freya.north otto.brews leo.nights',
    [
      {
        by: 'mira.peaks',
        text: 'Welcome! Where is this?',
        replies: [{ by: demoUsername, text: 'Somewhere in a random number generator.' }],
      },
      { by: 'sana.codes', text: 'My kind of mountains.' },
    ],
  ),
  post(
    'kaito-dawn',
    'kaito.film',
    'Frame 211. The city before it remembers itself.',
    'skyline-dawn',
    'pablo.street leo.nights vhs.sunset mira.peaks',
  ),
  post(
    'leo-trails',
    'leo.nights',
    'Three hours of turning, one picture. #nightsky #longexposure',
    'star-trails',
    'freya.north mira.peaks kaito.film sana.codes',
    [
      {
        by: 'freya.north',
        text: 'How cold did it get?',
        replies: [{ by: 'leo.nights', text: 'The thermos froze first.' }],
      },
    ],
  ),
  post(
    'juno-arches',
    'juno_paints',
    'Rainbows, but make them 1974. #poster #colour',
    'arches',
    'studio.quarter paper.tiger nadia.k demo',
  ),
  post(
    'amara-leaves',
    'amara.grows',
    'The greenhouse has opinions about space.',
    'leaves',
    'lucia.blooms juno_paints ines.moreau',
  ),
  post(
    'tide-mint',
    'tide.and.salt',
    'Calm enough to hear the gulls think.',
    'mint-sea',
    'henrik.sails lucia.blooms theo.wanders',
  ),
  post(
    'vhs-pulses',
    'vhs.sunset',
    'Signal found on tape 3, side B.',
    'pulses',
    'sana.codes kaito.film leo.nights',
  ),
  post(
    'lucia-lavender',
    'lucia.blooms',
    'One tree, a hundred rows, a million bees. #lavender #fields',
    'lavender',
    'amara.grows nadia.k demo tide.and.salt',
  ),
  post(
    'mira-red',
    'mira.peaks',
    'Dust in the air, so the sun came down to look.',
    'red-planet',
    'freya.north theo.wanders kaito.film',
  ),
  post(
    'sana-kelp',
    'sana.codes',
    'Nine hundred threads, one rule: follow the slope. #generative #poster',
    'kelp',
    'studio.quarter paper.tiger vhs.sunset juno_paints',
    [
      {
        by: 'studio.quarter',
        text: 'We would print this large.',
        replies: [{ by: 'sana.codes', text: 'I would let you.' }],
      },
    ],
  ),
  post(
    'otto-flat',
    'otto.brews',
    'Monday, but with a leaf on it. Beans by @corner.roast #coffee',
    'flat-white',
    'corner.roast nadia.k pablo.street demo sana.codes',
    [{ by: 'corner.roast', text: 'That is a tidy leaf.' }],
  ),
  post(
    'freya-cabin',
    'freya.north',
    'The only light for nine kilometres. Tea is ready, for those who know the way.',
    'cabin',
    'mira.peaks leo.nights theo.wanders demo',
    [],
    { audience: 'CLOSE_FRIENDS' },
  ),
  post(
    'henrik-moon',
    'henrik.sails',
    'Night watch, no wind, no complaints.',
    'moon-tide',
    'tide.and.salt freya.north',
  ),
  post(
    'paper-canyon',
    'paper.tiger',
    'Same knife, warmer paper. #papercut #poster',
    'paper-canyon',
    'studio.quarter juno_paints',
  ),
  post(
    'theo-forest',
    'theo.wanders',
    'The fog was orange. I checked.',
    'ember-forest',
    'mira.peaks freya.north kaito.film',
  ),
  post('pablo-lights', 'pablo.street', 'Forgot to focus. Kept it.', 'fairy-lights', 'kaito.film otto.brews'),
  post(
    'studio-scales',
    'studio.quarter',
    'Waves, counted and repeated. A few went gold.',
    'scales',
    'sana.codes paper.tiger demo',
  ),
  post(
    'kaito-dunes',
    'kaito.film',
    'Frames 230 to 231: the same hill in two moods.',
    'dunes-gold dunes-rose',
    'mira.peaks leo.nights pablo.street demo',
    [{ by: 'leo.nights', text: 'The second one. Always the second one.' }],
  ),
  post(
    'leo-teal',
    'leo.nights',
    'Summer band over the quarry. #nightsky #milkyway',
    'galaxy-teal',
    'freya.north mira.peaks sana.codes',
  ),
  post(
    'juno-blush',
    'juno_paints',
    'No subject today.',
    'blush',
    'nadia.k sana.codes studio.quarter amara.grows',
  ),
  post(
    'nadia-vases',
    'nadia.k',
    'Window light at four in the afternoon.',
    'quiet-vases',
    'lucia.blooms ines.moreau juno_paints amara.grows',
  ),
  post(
    'amara-limes',
    'amara.grows',
    'Limonada for forty. Swipe for breakfast. #garden',
    'limes citrus',
    'lucia.blooms otto.brews demo nadia.k',
    [{ by: 'otto.brews', text: 'I bring the coffee, you bring these.' }],
  ),
  post(
    'tide-black',
    'tide.and.salt',
    'Volcanic sand holds the heat until midnight.',
    'black-sand',
    'henrik.sails theo.wanders demo',
  ),
  post(
    'demo-lake',
    demoUsername,
    'Noon at the lake. No filter, there is no camera either.',
    'alpine-noon',
    'mira.peaks tide.and.salt juno_paints theo.wanders freya.north vhs.sunset',
    [
      { by: 'freya.north', text: 'That water!' },
      {
        by: 'tide.and.salt',
        text: 'Is it as cold as it looks?',
        replies: [{ by: 'mira.peaks', text: 'Colder.' }],
      },
    ],
  ),
  post(
    'mira-pass',
    'mira.peaks',
    'Up at three, here at five. Nobody else awake but Venus.',
    'starlit-pass fog-pines',
    'freya.north leo.nights theo.wanders demo kaito.film',
  ),
  post(
    'vhs-retro',
    'vhs.sunset',
    'Tracking: adjusted. Mood: 1986. #synthwave #poster',
    'retro-sun',
    'sana.codes kaito.film leo.nights juno_paints pablo.street',
    [{ by: 'sana.codes', text: 'I can hear this picture.' }],
  ),
  post(
    'lucia-houses',
    'lucia.blooms',
    'Every front door has its own colour here.',
    'harbour-houses canal-houses',
    'nadia.k tide.and.salt amara.grows',
  ),
  post(
    'tide-light',
    'tide.and.salt',
    'It blinks every eight seconds. I counted until I slept. Second one: my cousin’s, further north.',
    'lighthouse lighthouse-teal',
    'henrik.sails mira.peaks demo freya.north theo.wanders',
    [{ by: 'henrik.sails', text: 'I have steered by that one.' }],
    { location: { name: 'Faro Norte', latitude: 43.7286, longitude: -7.7431 } },
  ),
  {
    key: 'mira-ride',
    author: 'mira.peaks',
    caption: 'Last bus down. Sound off, just look. #mountains',
    video: 'slow-ridges',
    kind: 'REEL',
    likes: names('freya.north theo.wanders leo.nights sana.codes'),
  },
  post(
    'studio-bauhaus',
    'studio.quarter',
    'Edition of fifty. Four shapes, four colours, no rules after that. #poster #print',
    'bauhaus',
    'paper.tiger sana.codes juno_paints demo kaito.film',
    [
      { by: 'juno_paints', text: 'Row three, column two. Perfect.' },
      { by: 'paper.tiger', text: 'Keep one for us!' },
    ],
  ),
  post(
    'kaito-rain',
    'kaito.film',
    'Waited out the rain behind glass. Frame 240.',
    'city-rain',
    'pablo.street leo.nights vhs.sunset',
  ),
  post(
    'lucia-tulips',
    'lucia.blooms',
    'Peak week. Next week they are heads in a basket. #tulips #fields',
    'tulips',
    'amara.grows nadia.k juno_paints demo tide.and.salt',
    [
      {
        by: 'amara.grows',
        text: 'Save me the stripey ones.',
        replies: [{ by: 'lucia.blooms', text: 'Already in a bucket for you.' }],
      },
    ],
  ),
  {
    key: 'leo-turning',
    author: 'leo.nights',
    caption: 'Four seconds, half a night.',
    video: 'turning-sky',
    likes: names('freya.north mira.peaks kaito.film demo'),
  },
  post(
    'sana-silk',
    'sana.codes',
    'Seed 1994. I have not found a better one yet. #generative',
    'silk',
    'studio.quarter paper.tiger vhs.sunset juno_paints kaito.film',
    [
      {
        by: 'kaito.film',
        text: 'What am I looking at?',
        replies: [{ by: 'sana.codes', text: 'Wind, if wind had colours.' }],
      },
    ],
  ),
  post(
    'freya-aurora',
    'freya.north',
    'It danced for eleven minutes. I forgot to breathe for ten. #aurora #nightsky',
    'aurora',
    'leo.nights mira.peaks theo.wanders tide.and.salt henrik.sails',
    [
      { by: 'leo.nights', text: 'On my way. Literally looking at trains.' },
      { by: 'theo.wanders', text: 'The violet on the left!' },
    ],
  ),
  post(
    'kaito-skyline',
    'kaito.film',
    'The river keeps a copy.',
    'skyline',
    'pablo.street leo.nights vhs.sunset sana.codes mira.peaks',
  ),
  post(
    'mira-balloons',
    'mira.peaks',
    'Woke up to company. @lucia.blooms, was that you? #mountains #sunrise',
    'balloons',
    'freya.north theo.wanders kaito.film lucia.blooms sana.codes',
    [
      {
        by: 'lucia.blooms',
        text: 'I was in the red one!',
        replies: [{ by: 'mira.peaks', text: 'No way. Wave next time.' }],
      },
      { by: 'kaito.film', text: 'That light.' },
    ],
  ),
  post(
    'leo-camp',
    'leo.nights',
    'Room with a view. Milky Way included, heating extra. #nightsky #milkyway',
    'galaxy-camp',
    'freya.north mira.peaks kaito.film theo.wanders',
    [
      {
        by: 'mira.peaks',
        text: 'Next time wake me up!',
        replies: [{ by: 'leo.nights', text: 'I tried. Twice.' }],
      },
    ],
  ),
  post(
    'tide-sail',
    'tide.and.salt',
    '@henrik.sails, heading home. #sea',
    'evening-sail',
    'henrik.sails mira.peaks lucia.blooms theo.wanders',
    [{ by: 'henrik.sails', text: 'Two fish, no regrets.' }],
    {
      location: { name: 'Puerto Viejo', latitude: 43.3713, longitude: -8.3959 },
      shows: names('henrik.sails'),
    },
  ),
  post(
    'freya-lake',
    'freya.north',
    'Nothing moved for an hour, so neither did I.',
    'still-lake',
    'mira.peaks tide.and.salt theo.wanders leo.nights',
  ),
  post(
    'mira-dusk',
    'mira.peaks',
    'Counted seven ridges before it got dark. What do you see? #mountains',
    'dusk-ridges',
    'freya.north leo.nights theo.wanders tide.and.salt juno_paints',
    [{ by: 'theo.wanders', text: 'Eight, if you count the cloud.' }],
  ),
]

function post(
  key: string,
  author: string,
  caption: string,
  pictures: string,
  likes: string,
  comments: readonly Comment[] = [],
  more: Pick<Post, 'audience' | 'location' | 'shows'> = {},
): Post {
  return {
    key,
    author,
    caption,
    pictures: names(pictures) as PictureName[],
    likes: names(likes),
    comments,
    ...more,
  }
}
