/** What the editor shows at the first visit. */
export const welcome = `# Heliograph's graph. Run an operation with the button or Ctrl+Enter; the book on the left is the schema's documentation.
#
# To act as someone, sign in at / and reload this page: the header is filled in. Or run SignIn and put the
# access token into the Headers tab below:  { "Authorization": "Bearer …" }

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

# Subscriptions run over a WebSocket: start this one, then like or comment on something of yours in another tab.
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
