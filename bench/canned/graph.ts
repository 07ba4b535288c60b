// A home feed of 20 posts over four subgraphs whose answers are known, about 12 KB: what gateways are compared on.
import type { Subgraph } from '../../gateway/executor/fixture.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable", "@external"])`

interface Key {
  id: string
}

const authorOf = (postId: string) => `u${Number(postId.slice(1)) % 10}`
const lorem = 'Morning light over the ridge, the last of the snow, and nobody on the path but us and the dog.'

/** The subgraphs, which answer from memory. */
export const cannedSubgraphs: readonly Subgraph[] = [
  {
    name: 'feed',
    sdl: `${link}
      type Query { homeFeed(first: Int!): [FeedItem!]! }
      type FeedItem { reason: String! post: Post! }
      type Post @key(fields: "id", resolvable: false) { id: ID! }`,
    resolvers: {
      Query: {
        homeFeed: (_: unknown, { first }: { first: number }) =>
          Array.from({ length: first }, (_item, i) => ({ reason: 'FOLLOWED', post: { id: `p${i}` } })),
      },
    },
  },
  {
    name: 'content',
    sdl: `${link}
      type Post @key(fields: "id") { id: ID! caption: String createdAt: String! author: User! media: [Media!]! }
      type Media { id: ID! width: Int! height: Int! altText: String renditions: [Rendition!]! }
      type Rendition { url: String! width: Int! }
      type User @key(fields: "id", resolvable: false) { id: ID! }`,
    resolvers: {
      Post: {
        __resolveReference: ({ id }: Key) => ({ id }),
        caption: ({ id }: Key) => `${id}: ${lorem}`,
        createdAt: () => '2026-01-31T18:05:09.123Z',
        author: ({ id }: Key) => ({ id: authorOf(id) }),
        media: ({ id }: Key) => [
          {
            id: `m${id}`,
            width: 1080,
            height: 1350,
            altText: lorem.slice(0, 40),
            renditions: [320, 1080].map((width) => ({
              url: `https://media.example/${id}/${width}.webp`,
              width,
            })),
          },
        ],
      },
    },
  },
  {
    name: 'user',
    sdl: `${link} type User @key(fields: "id") { id: ID! username: String! displayName: String avatarUrl: String }`,
    resolvers: {
      User: {
        __resolveReference: ({ id }: Key) => ({
          id,
          username: `user.${id}`,
          displayName: `The user ${id}`,
          avatarUrl: `https://media.example/${id}/avatar.webp`,
        }),
      },
    },
  },
  {
    name: 'engagement',
    sdl: `${link}
      type Post @key(fields: "id") { id: ID! likeCount: Int commentCount: Int viewerHasLiked: Boolean previewComments: [Comment!]! }
      type Comment { id: ID! text: String! author: User! }
      type User @key(fields: "id", resolvable: false) { id: ID! }`,
    resolvers: {
      Post: {
        __resolveReference: ({ id }: Key) => ({ id, likeCount: 120, commentCount: 7, viewerHasLiked: false }),
        previewComments: ({ id }: Key) =>
          [1, 2].map((n) => ({
            id: `c${id}${n}`,
            text: lorem.slice(0, 30 + n),
            author: { id: `u${n + 3}` },
          })),
      },
    },
  },
]

/** The operation. */
export const cannedQuery = `query HomeFeed($first: Int!) {
  homeFeed(first: $first) {
    reason
    post {
      id caption createdAt
      author { id username displayName avatarUrl }
      media { id width height altText renditions { url width } }
      likeCount commentCount viewerHasLiked
      previewComments { id text author { id username avatarUrl } }
    }
  }
}`
export const cannedVariables = { first: 20 }
