// The cast's profile pictures.

import { type FaceLook, face } from './scenes/faces.ts'
import { bauhaus, paperCut, retroSun } from './scenes/posters.ts'
import { coffee } from './scenes/still-lifes.ts'
import type { Sketch } from './sketch.ts'

const portrait = (look: FaceLook) => (sketch: Sketch) => face(sketch, look)

/** How each account's picture is drawn, by username. */
export const avatars: Readonly<Record<string, (sketch: Sketch) => void>> = {
  demo: portrait({ ground: '#f2b84b', skin: '#e8b48c', hair: '#3a2418', shirt: '#2f5f8a', style: 'short' }),
  'mira.peaks': portrait({
    ground: '#7aa6c2',
    skin: '#f0c4a0',
    hair: '#8a3a1e',
    shirt: '#d8553a',
    style: 'long',
  }),
  'otto.brews': portrait({
    ground: '#c89a6a',
    skin: '#d89c74',
    hair: '#2a1a14',
    shirt: '#3a4a3c',
    style: 'cap',
    beard: true,
  }),
  'sana.codes': portrait({
    ground: '#8a7ac8',
    skin: '#a86c48',
    hair: '#140e14',
    shirt: '#f2c84a',
    style: 'bob',
    glasses: true,
  }),
  'leo.nights': portrait({
    ground: '#1c2a52',
    skin: '#8a5636',
    hair: '#0e0a0a',
    shirt: '#7a8ad0',
    style: 'curls',
  }),
  'ines.moreau': portrait({
    ground: '#e8a0a8',
    skin: '#f2cdb0',
    hair: '#1e1618',
    shirt: '#2c3a4a',
    style: 'bun',
  }),
  'tide.and.salt': portrait({
    ground: '#5ab4b0',
    skin: '#c68a5e',
    hair: '#e0c080',
    shirt: '#f4ecd8',
    style: 'long',
  }),
  juno_paints: portrait({
    ground: '#e8663a',
    skin: '#6e4630',
    hair: '#1c1010',
    shirt: '#f0dcb4',
    style: 'curls',
    glasses: true,
  }),
  'kaito.film': portrait({
    ground: '#a8b8a0',
    skin: '#ecc49c',
    hair: '#18181c',
    shirt: '#18181c',
    style: 'short',
    glasses: true,
  }),
  'freya.north': portrait({
    ground: '#bcd8e4',
    skin: '#f6d8c4',
    hair: '#f0d48a',
    shirt: '#8a2c3c',
    style: 'bun',
  }),
  'amara.grows': portrait({
    ground: '#5a8a4a',
    skin: '#5c3a28',
    hair: '#100a08',
    shirt: '#f2a03c',
    style: 'bun',
  }),
  'pablo.street': portrait({
    ground: '#d8c84a',
    skin: '#c08a60',
    hair: '#5a4a44',
    shirt: '#a83a2c',
    style: 'short',
    beard: true,
  }),
  'nadia.k': portrait({
    ground: '#c490b8',
    skin: '#e4b490',
    hair: '#5a2018',
    shirt: '#205a5a',
    style: 'bob',
  }),
  'studio.quarter': (sketch) =>
    bauhaus(sketch, { ground: '#f3ead8', colours: ['#d8402e', '#1f4e8c', '#f2b632', '#16181c'], columns: 3 }),
  'paper.tiger': (sketch) =>
    paperCut(sketch, { colours: ['#ffe6c4', '#f8b878', '#ee7f4a', '#c84a38', '#7a2430'] }),
  'corner.roast': (sketch) =>
    coffee(sketch, {
      table: ['#2f4a44', '#1c302c'],
      cup: '#f4ece0',
      saucer: '#e8d8c0',
      coffee: '#7a3f1e',
      milk: '#f8e6c8',
    }),
  'vhs.sunset': (sketch) =>
    retroSun(sketch, {
      sky: ['#0a0624', '#4a1268', '#ff6a7a'],
      sun: ['#ffe45a', '#ff3a8a'],
      grid: '#4ae8ff',
      hills: '#1a0838',
    }),
  'henrik.sails': portrait({
    ground: '#3a6a94',
    skin: '#e0a884',
    hair: '#c8c4c0',
    shirt: '#f4f0e8',
    style: 'cap',
    beard: true,
  }),
  'lucia.blooms': portrait({
    ground: '#f0c8b0',
    skin: '#d8a078',
    hair: '#2c1810',
    shirt: '#b8405a',
    style: 'long',
  }),
  'theo.wanders': portrait({
    ground: '#8aa87a',
    skin: '#f0c8a8',
    hair: '#b0623a',
    shirt: '#3c4a6a',
    style: 'curls',
  }),
}
