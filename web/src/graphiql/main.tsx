import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import './graphiql.css'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { createRoot } from 'react-dom/client'
import { tokens } from '../session/session.ts'
import { createFetcher } from './fetcher.ts'
import { headersWith, welcome } from './welcome.ts'

// Monaco, its workers and everything else come from this server: the page works without any other host.

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root.')

// A server that cannot be asked for a fresh token leaves the header empty.
const token = await tokens.access().catch(() => null)

createRoot(root).render(
  <GraphiQL
    fetcher={createFetcher()}
    plugins={[HISTORY_PLUGIN]}
    defaultQuery={welcome}
    initialHeaders={headersWith(token)}
    defaultEditorToolsVisibility="headers"
    isHeadersEditorEnabled
    shouldPersistHeaders={false}
    inputValueDeprecation
  >
    <GraphiQL.Logo>
      <a className="graphiql-home" href="/">
        Heliograph
      </a>
    </GraphiQL.Logo>
  </GraphiQL>,
)
