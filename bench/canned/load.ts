// One run of load as a process: what LOAD says, the figures on standard output.
import autocannon from 'autocannon'

const { port, ...options } = JSON.parse(process.env.LOAD ?? '{}')
const result = await autocannon({ url: `http://127.0.0.1:${port}/graphql`, method: 'POST', ...options })
if (result.non2xx + result.errors + result.timeouts > 0) throw new Error('requests failed')
console.log(JSON.stringify({ rate: result.requests.total / result.duration, p99: result.latency.p99 }))
