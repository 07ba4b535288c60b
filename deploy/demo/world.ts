// The demo world as data: who is in it, whom they follow, what they say to each other. `seed.ts` brings it to life.
/** Every account of the cast has this password. A demo world is for a machine that nobody else reaches. */
export const demoPassword = 'heliograph-demo'

/** Who the visitor is. */
export const demoUsername = 'demo'

export interface Account {
  username: string
  displayName: string
  bio: string
  birthDate: string
  isPrivate?: boolean
  /** Usernames, oldest follow first. */
  follows: readonly string[]
}

export interface Location {
  name: string
  latitude: number
  longitude: number
}

export interface Conversation {
  /** The first one starts it. */
  members: readonly string[]
  title?: string
  /** `reactions`: an emoji by each of some members. */
  messages: readonly {
    by: string
    text: string
    post?: string
    reactions?: Readonly<Record<string, string>>
  }[]
  /** Who read all of it but what follows `unread`. */
  readBy?: string
  /** How many of the last messages are sent after `readBy` has read. */
  unread?: number
}

export const names = (list: string) => list.split(' ').filter(Boolean)

export const accounts: readonly Account[] = [
  {
    username: demoUsername,
    displayName: 'Demo Visitor',
    bio: 'Looking around. Say hello!',
    birthDate: '1994-04-12',
    follows: names(
      'mira.peaks otto.brews sana.codes leo.nights tide.and.salt juno_paints kaito.film freya.north amara.grows studio.quarter vhs.sunset lucia.blooms ines.moreau',
    ),
  },
  {
    username: 'mira.peaks',
    displayName: 'Mira Halloran',
    bio: 'Ridges before breakfast. Maps, boots, thermos.',
    birthDate: '1991-02-03',
    follows: names('freya.north leo.nights demo theo.wanders kaito.film tide.and.salt henrik.sails'),
  },
  {
    username: 'otto.brews',
    displayName: 'Otto Lind',
    bio: 'Third cup of the day. Filter on weekdays, espresso on Sundays.',
    birthDate: '1986-09-21',
    follows: names('corner.roast demo nadia.k pablo.street studio.quarter sana.codes'),
  },
  {
    username: 'sana.codes',
    displayName: 'Sana Iqbal',
    bio: 'I draw with functions. Every picture has a seed.',
    birthDate: '1996-11-30',
    follows: names('studio.quarter paper.tiger vhs.sunset demo kaito.film juno_paints leo.nights'),
  },
  {
    username: 'leo.nights',
    displayName: 'Leo Baptiste',
    bio: 'Long exposures, short sleep.',
    birthDate: '1989-06-17',
    follows: names('freya.north mira.peaks kaito.film demo sana.codes vhs.sunset'),
  },
  {
    username: 'ines.moreau',
    displayName: 'Inès Moreau',
    bio: 'Only for people I know.',
    birthDate: '1993-08-08',
    isPrivate: true,
    follows: names('nadia.k lucia.blooms amara.grows otto.brews'),
  },
  {
    username: 'tide.and.salt',
    displayName: 'Maren Duarte',
    bio: 'The sea, mostly. Sometimes the harbour.',
    birthDate: '1990-01-25',
    follows: names('henrik.sails mira.peaks lucia.blooms demo theo.wanders'),
  },
  {
    username: 'juno_paints',
    displayName: 'Juno Adeyemi',
    bio: 'Colour first, then everything else.',
    birthDate: '1988-12-02',
    follows: names('studio.quarter paper.tiger amara.grows sana.codes demo nadia.k'),
  },
  {
    username: 'kaito.film',
    displayName: 'Kaito Mori',
    bio: 'One frame a day. Tokyo, Porto, wherever the light is.',
    birthDate: '1992-03-14',
    follows: names('pablo.street leo.nights vhs.sunset mira.peaks studio.quarter'),
  },
  {
    username: 'freya.north',
    displayName: 'Freya Solberg',
    bio: '69° north. Dark winters, green skies.',
    birthDate: '1995-10-06',
    follows: names('leo.nights mira.peaks theo.wanders demo henrik.sails tide.and.salt'),
  },
  {
    username: 'amara.grows',
    displayName: 'Amara Okonkwo',
    bio: 'Plants, fruit, and the patience for both.',
    birthDate: '1987-05-19',
    follows: names('lucia.blooms juno_paints nadia.k ines.moreau demo otto.brews'),
  },
  {
    username: 'pablo.street',
    displayName: 'Pablo Ferrer',
    bio: 'Cities after rain.',
    birthDate: '1984-07-28',
    follows: names('kaito.film otto.brews corner.roast vhs.sunset'),
  },
  {
    username: 'nadia.k',
    displayName: 'Nadia Kowalska',
    bio: 'Quiet rooms and the cats in them.',
    birthDate: '1997-02-11',
    follows: names('ines.moreau juno_paints lucia.blooms otto.brews amara.grows'),
  },
  {
    username: 'studio.quarter',
    displayName: 'Studio Quarter',
    bio: 'Posters from four shapes. Two people, one printer.',
    birthDate: '1985-01-01',
    follows: names('paper.tiger sana.codes juno_paints kaito.film'),
  },
  {
    username: 'paper.tiger',
    displayName: 'Paper Tiger',
    bio: 'Cut, stacked, photographed.',
    birthDate: '1990-09-09',
    follows: names('studio.quarter juno_paints sana.codes'),
  },
  {
    username: 'corner.roast',
    displayName: 'Corner Roast',
    bio: 'Small roastery, big windows. Open from seven.',
    birthDate: '1983-04-04',
    follows: names('otto.brews pablo.street nadia.k'),
  },
  {
    username: 'vhs.sunset',
    displayName: 'VHS Sunset',
    bio: 'Be kind, rewind.',
    birthDate: '1984-12-24',
    follows: names('sana.codes kaito.film leo.nights demo'),
  },
  {
    username: 'henrik.sails',
    displayName: 'Henrik Vos',
    bio: 'Forty years on the water, still learning the wind.',
    birthDate: '1959-06-01',
    follows: names('tide.and.salt freya.north theo.wanders'),
  },
  {
    username: 'lucia.blooms',
    displayName: 'Lucía Romero',
    bio: 'Fields in season. Ask me about tulips.',
    birthDate: '1992-05-05',
    follows: names('amara.grows nadia.k tide.and.salt ines.moreau demo'),
  },
  {
    username: 'theo.wanders',
    displayName: 'Theo Brandt',
    bio: 'Slow trains, long walks.',
    birthDate: '1998-03-22',
    follows: names('mira.peaks freya.north henrik.sails kaito.film'),
  },
]

/** Follow requests that the private account answers with yes; others' wait. */
export const acceptedRequests: readonly (readonly [follower: string, followee: string])[] = [
  ['nadia.k', 'ines.moreau'],
  ['amara.grows', 'ines.moreau'],
]

/** Who counts whom among his close friends, without their being told. */
export const closeFriends: Readonly<Record<string, readonly string[]>> = {
  'freya.north': names('leo.nights mira.peaks demo theo.wanders'),
  'mira.peaks': names('freya.north demo leo.nights'),
  [demoUsername]: names('mira.peaks sana.codes otto.brews'),
}

export const conversations: readonly Conversation[] = [
  {
    members: ['mira.peaks', demoUsername],
    messages: [
      { by: 'mira.peaks', text: 'Hey, good to have you here!' },
      { by: demoUsername, text: 'Thanks! Your ridges made me sign up.' },
      { by: 'mira.peaks', text: 'We go up again on Saturday. Early, though.' },
      { by: demoUsername, text: 'How early is early?' },
      { by: 'mira.peaks', text: 'Half past three. I bring coffee.', reactions: { [demoUsername]: '😮' } },
      { by: 'mira.peaks', text: 'This is what you get for it:', post: 'mira-dusk' },
    ],
    readBy: demoUsername,
    unread: 2,
  },
  {
    members: ['sana.codes', demoUsername, 'studio.quarter'],
    title: 'Poster swap',
    messages: [
      {
        by: 'sana.codes',
        text: 'One poster each, any size. Who is in?',
        reactions: { 'studio.quarter': '🔥', [demoUsername]: '❤️' },
      },
      { by: 'studio.quarter', text: 'In. We have one Bauhaus left.' },
      { by: demoUsername, text: 'In! I have no printer, but I have enthusiasm.' },
      { by: 'sana.codes', text: 'Enthusiasm ships well.' },
    ],
    readBy: demoUsername,
    unread: 1,
  },
  {
    members: [demoUsername, 'otto.brews'],
    messages: [
      { by: demoUsername, text: 'Which beans are in the Monday leaf?' },
      { by: 'otto.brews', text: 'Washed Ethiopian, from Corner Roast.' },
    ],
    readBy: demoUsername,
    unread: 0,
  },
  {
    // The visitor does not follow Pablo: this waits among the requests.
    members: ['pablo.street', demoUsername],
    messages: [{ by: 'pablo.street', text: 'Hi! May I use your lake as a reference for a mural?' }],
  },
  {
    members: ['leo.nights', 'freya.north'],
    messages: [
      { by: 'leo.nights', text: 'Is the forecast really that good?' },
      { by: 'freya.north', text: 'Kp 6. Pack warm.' },
    ],
  },
]
