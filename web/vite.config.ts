import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Where the development server finds the gateway; the built files are served by the gateway itself. */
const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000'

export default defineConfig({
  root,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The largest chunks, Monaco and hls.js, are loaded only by those who need them.
    chunkSizeWarningLimit: 4_000,
    rolldownOptions: {
      input: { app: `${root}index.html`, graphiql: `${root}graphiql.html` },
      // Cipher suites that the messages do not use: their library asks for them when it is told to, which nobody does.
      external: [
        /^@hpke\/(chacha20poly1305|dhkem-x448|hybridkem-x-wing|ml-kem)$/,
        /^@noble\/(curves|post-quantum)\//,
        // Its way to Node's own; browsers have theirs.
        'crypto',
      ],
      // GraphiQL's packages carry directives for the React compiler, which mean nothing here.
      checks: { moduleLevelDirective: false },
    },
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { target: gateway, ws: true }, '/demo.json': gateway, '/oauth': gateway },
  },
})
