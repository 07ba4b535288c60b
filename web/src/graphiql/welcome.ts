/** What the editor shows at the first visit. */
export const welcome = `# Heliograph's graph. Run an operation with the
# button or Ctrl+Enter. The book on the left is
# the documentation of the schema.
#
# To act as someone, sign in at / and reload this
# page: the Headers tab below is then filled in.
# Or run SignIn and put the access token there:
#   { "Authorization": "Bearer <accessToken>" }

query Me {
  viewer {
    username
    unreadNotificationCount
  }
}

query Feed {
  homeFeed(first: 5) {
    edges {
      reason
      node {
        id
        caption
        createdAt
        author {
          username
          viewerFollowState
        }
        media {
          kind
          renditions {
            url
            width
          }
        }
        likeCount
        commentCount
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

mutation SignIn {
  signIn(input: { login: "", password: "" }) {
    session {
      accessToken
      accessTokenExpiresAt
    }
    userErrors {
      code
      message
    }
  }
}

# Subscriptions run over a WebSocket: start this one,
# then have someone like or follow you.
subscription Live {
  notificationReceived {
    cursor
    unreadNotificationCount
    notification {
      kind
      actors(first: 3) {
        edges {
          node {
            username
          }
        }
      }
    }
  }
}
`

/** The headers editor's text, with the session's token when there is one. */
export function headersWith(token: string | null): string {
  return JSON.stringify({ Authorization: token ? `Bearer ${token}` : '' }, null, 2)
}
