// The demo world's pictures: what is drawn, how large, in which colours, and what it shows in words.

import { catAtWindow, houses } from './scenes/houses.ts'
import { dunes, fields, forest, lake, mountains } from './scenes/landscapes.ts'
import { aurora, bokeh, galaxy, skyline, starTrails } from './scenes/nights.ts'
import { arches, bauhaus, blush, flow, paperCut, pulses, retroSun, scales } from './scenes/posters.ts'
import { citrus, coffee, leaves, vases } from './scenes/still-lifes.ts'
import { lighthouse, sea, shore } from './scenes/waters.ts'
import type { Sketch } from './sketch.ts'

/** Pixels of a picture's shapes; all are 1,440 wide. */
export const formats = {
  portrait: { width: 1440, height: 1800 },
  square: { width: 1440, height: 1440 },
  landscape: { width: 1440, height: 960 },
} as const

export interface Picture {
  format: keyof typeof formats
  /** Description for those who cannot see it. */
  alt: string
  draw(sketch: Sketch): void
  /** Strength of the film grain, 0–1. */
  grain: number
}

function picture<L>(
  scene: (sketch: Sketch, look: L) => void,
  format: Picture['format'],
  alt: string,
  look: L,
  grain = 0.5,
): Picture {
  return { format, alt, grain, draw: (sketch) => scene(sketch, look) }
}

export const pictures = {
  'dusk-ridges': picture(mountains, 'portrait', 'Mountain ridges in violet haze under a low orange sun.', {
    sky: ['#1d1b4a', '#5a2f72', '#c4516a', '#f49a6a', '#fdd9a0'],
    sun: { x: 0.62, y: 0.4, r: 0.055, colour: '#fff0c4' },
    ridges: ['#b0607a', '#140f26'],
    haze: '#f0a080',
    top: 0.46,
    birds: true,
  }),
  'blue-morning': picture(
    mountains,
    'landscape',
    'Blue mountain layers in the morning with pines in front.',
    {
      sky: ['#7fb2d9', '#bcdcec', '#f6ead2'],
      sun: { x: 0.3, y: 0.34, r: 0.035, colour: '#fffbe6' },
      ridges: ['#9cc0d6', '#0f2a3c'],
      haze: '#e4eee8',
      pines: true,
    },
  ),
  balloons: picture(mountains, 'portrait', 'Five hot-air balloons over hazy hills at sunrise.', {
    sky: ['#6db3d8', '#b8dbe4', '#fbe3c0', '#f9b98a'],
    sun: { x: 0.2, y: 0.5, r: 0.05, colour: '#fff4d0' },
    ridges: ['#d69a8c', '#4a2c40'],
    haze: '#ffd9b4',
    top: 0.56,
    count: 5,
    balloons: ['#e4572e', '#f3a712', '#2e86ab', '#a23b72', '#3bb273'],
  }),
  'green-valley': picture(mountains, 'square', 'Green hills one behind the other, the last ones in mist.', {
    sky: ['#cfe8e0', '#eef3da', '#fdf1cf'],
    sun: { x: 0.7, y: 0.24, r: 0.05, colour: '#fffdf0' },
    ridges: ['#a8cdb0', '#123528'],
    haze: '#eaf2dc',
    top: 0.36,
    count: 7,
    pines: true,
  }),
  'red-planet': picture(mountains, 'square', 'Dark red ridges under a large pale sun.', {
    sky: ['#7a1f2b', '#c2412d', '#f08a4b'],
    sun: { x: 0.5, y: 0.34, r: 0.15, colour: '#ffe3b0', glow: 0.4 },
    ridges: ['#b8402e', '#1e0a10'],
    haze: '#f4a060',
    top: 0.48,
  }),
  'starlit-pass': picture(
    mountains,
    'portrait',
    'A mountain pass under many stars, the first light behind it.',
    {
      sky: ['#050a1f', '#0f2048', '#2f4a82', '#7f86ae', '#e0b0a0'],
      stars: 700,
      ridges: ['#5a6a9a', '#04070f'],
      haze: '#a090b0',
      top: 0.55,
      pines: true,
    },
  ),
  'still-lake': picture(lake, 'portrait', 'A lake at sunset that mirrors mountains and pines.', {
    sky: ['#2b2d5e', '#7a4a86', '#e07a6a', '#ffc98a'],
    sun: { x: 0.36, y: 0.29, r: 0.045, colour: '#fff2cc' },
    ridges: ['#a0688a', '#151226'],
    haze: '#ffb890',
  }),
  cabin: picture(lake, 'landscape', 'A cabin with lit windows at a lake by night.', {
    sky: ['#04091c', '#0c1c40', '#254a74'],
    stars: 420,
    ridges: ['#2e4c74', '#050a16'],
    haze: '#4a7094',
    cabin: true,
  }),
  'alpine-noon': picture(lake, 'square', 'A turquoise mountain lake at noon.', {
    sky: ['#2e8bc0', '#7cc4de', '#d9f0ee'],
    ridges: ['#8fb4c4', '#0d3b3a'],
    haze: '#e8f6f2',
  }),
  'fog-pines': picture(forest, 'portrait', 'Pines that fade into cold fog.', {
    fog: ['#dfe7e6', '#c4d3d4', '#a9bfc2'],
    far: '#9db5b8',
    near: '#0e2426',
  }),
  'ember-forest': picture(forest, 'square', 'A forest in warm autumn mist.', {
    fog: ['#f9dcae', '#f0b27e', '#d98358'],
    far: '#d99a6c',
    near: '#2a0f10',
  }),
  lavender: picture(fields, 'landscape', 'Rows of lavender towards a single tree.', {
    sky: ['#5aa0d0', '#b4d8ea', '#fbe6cc'],
    sun: { x: 0.24, y: 0.3, r: 0.04, colour: '#fff8dc' },
    hills: ['#8ba6c0', '#5f7f78'],
    rows: ['#7a4fb0', '#8f63c4', '#6a42a0'],
    soil: '#6f8a4e',
    tree: '#3f6a3a',
  }),
  tulips: picture(fields, 'portrait', 'Tulip rows in red, yellow, pink and white under an evening sky.', {
    sky: ['#3e6fae', '#9cc4de', '#ffe0b8', '#ffc090'],
    sun: { x: 0.7, y: 0.38, r: 0.045, colour: '#fff6d8' },
    hills: ['#9ab4b8', '#5c8466'],
    rows: ['#e03a3e', '#f6b61e', '#f27ba0', '#fbf3e4', '#d0306a', '#f58a2c'],
    soil: '#4f7a3c',
  }),
  'dunes-gold': picture(dunes, 'landscape', 'Golden dunes with sharp crests.', {
    sky: ['#3f7fb4', '#a4cbdc', '#f6e2bc'],
    sun: { x: 0.2, y: 0.2, r: 0.04, colour: '#fffbe8' },
    light: '#f2b562',
    shade: '#8a3f1c',
  }),
  'dunes-rose': picture(dunes, 'portrait', 'Rose dunes under a violet evening sky.', {
    sky: ['#352a66', '#84508e', '#e58a8a', '#ffd0a4'],
    sun: { x: 0.7, y: 0.36, r: 0.06, colour: '#fff0d0' },
    light: '#f09a80',
    shade: '#4a1c48',
  }),
  'evening-sail': picture(sea, 'portrait', 'A sailing boat on a glittering sea at sunset.', {
    sky: ['#243b6e', '#8a5a8c', '#f0806a', '#ffc680'],
    sun: { x: 0.58, y: 0.5, r: 0.07, colour: '#fff0bc' },
    water: ['#d4786c', '#14284a'],
    clouds: '#ffb8a0',
    boat: '#2a1626',
  }),
  'moon-tide': picture(sea, 'square', 'The moon over a dark sea.', {
    sky: ['#03081a', '#0b1f45', '#2a5080'],
    sun: { x: 0.5, y: 0.28, r: 0.065, colour: '#f4f6ff', glow: 0.55 },
    water: ['#26486e', '#030a18'],
    clouds: '#7f9cc4',
    stars: 300,
  }),
  'mint-sea': picture(sea, 'landscape', 'A pale green sea under soft clouds.', {
    sky: ['#a8d8d0', '#dff0e2', '#fff0dc'],
    sun: { x: 0.74, y: 0.36, r: 0.05, colour: '#fffaf0' },
    water: ['#9fd4c8', '#1f6a70'],
    clouds: '#ffffff',
    boat: '#c8402e',
  }),
  lighthouse: picture(lighthouse, 'portrait', 'A red and white lighthouse that lights up a dusky coast.', {
    sky: ['#0d1636', '#2c3a72', '#8a5a86', '#e8917a'],
    water: ['#6a5a80', '#0a1428'],
    rock: '#231c2a',
    stripe: '#c8342e',
    stars: 220,
  }),
  'lighthouse-teal': picture(
    lighthouse,
    'square',
    'A lighthouse with blue stripes before a green night sky.',
    {
      sky: ['#04181f', '#0b3c46', '#2c7a78', '#a8c890'],
      water: ['#2c6a6c', '#03141a'],
      rock: '#0f1e22',
      stripe: '#1f5f8a',
      stars: 260,
    },
  ),
  lagoon: picture(shore, 'portrait', 'A beach from above: turquoise water, foam and parasols.', {
    colours: ['#0b5c7a', '#12809c', '#2aa5b4', '#5cc6c6', '#a4e2d8'],
    foam: '#ffffff',
    sand: '#f0d9b0',
  }),
  'black-sand': picture(shore, 'square', 'Deep blue waves on dark sand, from above.', {
    colours: ['#0a1e3c', '#12345c', '#1e5280', '#3a7ca8', '#86b4cc'],
    foam: '#f4fbff',
    sand: '#4a4246',
  }),
  'galaxy-camp': picture(galaxy, 'portrait', 'A lit tent under the Milky Way.', {
    sky: ['#050716', '#0c1434', '#2a2a5a', '#6a4a6e'],
    dust: ['#7a6ad0', '#c488c0', '#6aa8e0', '#f0b898'],
    ground: '#06060f',
    tent: '#ff9a3c',
  }),
  'galaxy-teal': picture(galaxy, 'landscape', 'The Milky Way over black hills.', {
    sky: ['#03101a', '#07283a', '#14566a'],
    dust: ['#4ad0c0', '#8ae0f0', '#f0e0b0', '#3a90c0'],
    ground: '#020a10',
  }),
  'star-trails': picture(starTrails, 'square', 'Stars drawn out to circles over a hill with trees.', {
    sky: ['#060b22', '#142a58', '#4a5a8a'],
    trails: ['#ffffff', '#c4dcff', '#ffe4b8', '#9cc0ff'],
    ground: '#03050c',
  }),
  aurora: picture(aurora, 'portrait', 'Green and violet northern lights over snowy mountains.', {
    sky: ['#020818', '#06203a', '#0e4050'],
    lights: ['#3af0a0', '#4ae0c8', '#a060f0'],
    ground: ['#9cc8d0', '#0c2030'],
  }),
  skyline: picture(skyline, 'portrait', 'A skyline at night, its lights in the water.', {
    sky: ['#0a0e2a', '#2a2460', '#7a3a7a', '#e0706a'],
    far: '#5a3a74',
    near: '#0a0a1e',
    windows: ['#ffd27a', '#ffe8b0', '#ffb45a', '#a8d8ff'],
    moon: '#ffeed0',
    water: true,
  }),
  'skyline-neon': picture(skyline, 'square', 'A dense city in blue and pink neon light.', {
    sky: ['#060618', '#141a4a', '#3a2a8a', '#d0409a'],
    far: '#3a2a80',
    near: '#06061a',
    windows: ['#5ae0ff', '#ff5ac0', '#ffe07a', '#8a7aff'],
  }),
  'skyline-dawn': picture(skyline, 'landscape', 'A city at the river before sunrise.', {
    sky: ['#243a66', '#7a7fae', '#f0b4a0', '#ffe0b8'],
    far: '#a890a8',
    near: '#1c2440',
    windows: ['#ffe0a0', '#fff2d0'],
    water: true,
  }),
  'city-rain': picture(bokeh, 'portrait', 'City lights out of focus behind a wet window.', {
    ground: ['#0a1020', '#1c1a3a', '#3a1e38'],
    lights: ['#ff9a3c', '#ffd070', '#ff4a5a', '#4ab0ff', '#c050e0', '#40d0a0'],
    drops: true,
  }),
  'fairy-lights': picture(bokeh, 'square', 'Warm lights out of focus.', {
    ground: ['#20100c', '#4a2010', '#1c0a0a'],
    lights: ['#ffb84a', '#ffd890', '#ff8a3a', '#fff0c8'],
  }),
  'flat-white': picture(coffee, 'portrait', 'A flat white with a leaf in its foam on a wooden table.', {
    table: ['#a8703e', '#6a3c1c'],
    wood: true,
    cup: '#f2ece2',
    saucer: '#e6ddd0',
    coffee: '#8a4a22',
    milk: '#f8ead2',
  }),
  'blue-cup': picture(coffee, 'square', 'A blue cup of coffee on a pale pink table.', {
    table: ['#f6d8cc', '#e8b4a8'],
    cup: '#2f5f9a',
    saucer: '#3f74b0',
    coffee: '#7a3f1e',
    milk: '#f8e6c8',
  }),
  citrus: picture(citrus, 'square', 'Oranges and lemons, whole and cut, on turquoise.', {
    ground: '#2fa8a0',
    fruits: ['#f58a1f', '#f9c22e', '#f2602e'],
    leaf: '#2f7a3c',
  }),
  limes: picture(citrus, 'portrait', 'Limes, lemons and grapefruits on pink.', {
    ground: '#f2a0a4',
    fruits: ['#8cc63f', '#f4dd3a', '#f0685a'],
    leaf: '#2c6e49',
  }),
  'quiet-vases': picture(vases, 'portrait', 'Three vases, two with blossoming branches, in window light.', {
    wall: ['#ecdccb', '#cfb49c'],
    table: '#b98a66',
    vases: ['#5f7a78', '#e9e2d6', '#b5533c'],
    blossom: '#f2a7b0',
    stem: '#5a4632',
  }),
  'night-vases': picture(vases, 'square', 'Vases with yellow branches before a dark green wall.', {
    wall: ['#2c4a44', '#12282a'],
    table: '#5a3a28',
    vases: ['#d8a23c', '#c8d0c4', '#8a3a4a'],
    blossom: '#f6cf50',
    stem: '#8a6a3c',
  }),
  leaves: picture(leaves, 'portrait', 'Large green leaves in layers.', {
    ground: '#06231c',
    greens: ['#1f6a4a', '#2f8a58', '#54a868', '#8cc480', '#176050'],
  }),
  'canal-houses': picture(houses, 'portrait', 'Narrow gabled houses with lit windows at a canal.', {
    sky: ['#33507e', '#a08ab0', '#f6c8a8'],
    walls: ['#a8443a', '#d8a04a', '#3f6a74', '#8a4a5a', '#c87a4a'],
    lit: '#ffdc8a',
    ground: '#24405a',
  }),
  'harbour-houses': picture(houses, 'landscape', 'Bright houses along a harbour.', {
    sky: ['#8cc8e4', '#e4f2ee', '#fff0d4'],
    walls: ['#f2c14e', '#4d9078', '#f78154', '#5fa8d3', '#e05a6a'],
    lit: '#fff0b8',
    ground: '#2f7a94',
  }),
  'window-cat': picture(catAtWindow, 'portrait', 'A black cat on a window sill looks at the full moon.', {
    wall: '#3a4a6a',
    sky: ['#0a1030', '#24306a', '#5a5a9a'],
    moon: '#fff0c8',
    frame: '#d8c8b0',
  }),
  bauhaus: picture(
    bauhaus,
    'portrait',
    'A poster of quarter circles, rings and stripes in red, blue and yellow.',
    {
      ground: '#f3ead8',
      colours: ['#d8402e', '#1f4e8c', '#f2b632', '#16181c', '#e9dcc0'],
    },
  ),
  'bauhaus-mint': picture(bauhaus, 'square', 'A grid of round and pointed shapes in mint, coral and navy.', {
    ground: '#f4f1e6',
    colours: ['#ff6f59', '#254441', '#43aa8b', '#b2d3a8', '#ef3054'],
    columns: 6,
  }),
  arches: picture(arches, 'portrait', 'Two rainbows of warm arches and a sun.', {
    ground: '#f6e3c4',
    bands: ['#8a2c22', '#c8502c', '#e8883a', '#f2b65a', '#f6d79a', '#3f6a62'],
    sun: '#e8663a',
  }),
  'paper-reef': picture(paperCut, 'portrait', 'Blue paper cut in layers, like a reef.', {
    colours: ['#c4ecec', '#8fd6dc', '#4fb4c8', '#2a8cb0', '#1c6494', '#153f70', '#0e2148'],
  }),
  'paper-canyon': picture(paperCut, 'square', 'Orange paper cut in layers, like a canyon.', {
    colours: ['#fbe6c8', '#f8c894', '#f09a5c', '#dc6a3c', '#b0402e', '#7a2430', '#3c1228'],
  }),
  silk: picture(flow, 'portrait', 'Thousands of flowing threads from violet to orange.', {
    ground: ['#140a2a', '#2a0e3a'],
    threads: ['#5a2ad0', '#c03ab0', '#ff5a6a', '#ffb04a', '#fff0b0'],
  }),
  kelp: picture(flow, 'square', 'Threads in sea green that flow along each other.', {
    ground: ['#f2efe2', '#e4ead8'],
    threads: ['#0c3b40', '#16707a', '#40a890', '#a4c86a', '#f2c84a'],
    scale: 1.2,
  }),
  blush: picture(
    blush,
    'portrait',
    'A soft disc before clouds of pink, peach and blue.',
    {
      ground: '#f7d5c8',
      clouds: ['#ff8a70', '#8a7ae0', '#ffc46a', '#f06aa0', '#70b8f0'],
    },
    1,
  ),
  pulses: picture(pulses, 'square', 'White lines that rise to peaks in the middle of a black field.', {
    ground: '#08090d',
    from: '#8ae0ff',
    to: '#ff7ac0',
  }),
  'retro-sun': picture(retroSun, 'portrait', 'A striped sun over a glowing grid.', {
    sky: ['#0a0624', '#2a0e58', '#8a1e84', '#ff6a7a'],
    sun: ['#ffe45a', '#ff3a8a'],
    grid: '#4ae8ff',
    hills: '#1a0838',
  }),
  scales: picture(scales, 'landscape', 'A pattern of waves in indigo with golden ones among them.', {
    ground: '#f0ead8',
    rings: ['#1c3464', '#f0ead8', '#2a5088', '#f0ead8', '#16284c'],
    accent: '#e0a030',
  }),
} as const satisfies Record<string, Picture>

export type PictureName = keyof typeof pictures
