// The chart without Kubernetes: what it renders to is complete, and says the same as docker-compose.yml.
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { readConfig } from '#platform/config.ts'
import { subgraphNames } from '#schema/sdl.ts'
import { renderTemplate } from './render.ts'

interface Probe {
  httpGet: { path: string; port: string }
}
interface Container {
  image: string
  command: string[]
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[]
  ports: { name: string; containerPort: number }[]
  startupProbe: Probe
  readinessProbe: Probe
  livenessProbe: Probe
}
type Labels = Record<string, string>
interface Manifest {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec?: {
    selector?: Labels & { matchLabels?: Labels }
    template?: {
      metadata: { labels: Labels }
      spec: { terminationGracePeriodSeconds: number; containers: [Container] }
    }
    scaleTargetRef?: { name: string }
    minReplicas?: number
    maxReplicas?: number
    rules?: object[]
  }
}
interface Service {
  image: string
  command: string[]
  environment: Record<string, string>
  stop_grace_period: string
}

const folder = fileURLToPath(new URL('.', import.meta.url))
const values = parse(await readFile(join(folder, 'values.yaml'), 'utf8')) as {
  environment: Record<string, string>
  secret: { name: string; required: string[]; optional: string[] }
}

/** What the chart makes of values. */
async function render(given: object): Promise<Manifest[]> {
  const rendered: Manifest[] = []
  for await (const file of glob('templates/*.yaml', { cwd: folder })) {
    const text = renderTemplate(await readFile(join(folder, file), 'utf8'), given, 'photos')
    for (const document of parseAllDocuments(text)) {
      expect(document.errors, file).toEqual([])
      if (document.contents) rendered.push(document.toJS() as Manifest)
    }
  }
  return rendered
}

const manifests = await render(values)
const ofKind = (kind: string) =>
  new Map(manifests.filter((one) => one.kind === kind).map((one) => [one.metadata.name, one]))
const deployments = ofKind('Deployment')

const compose = parse(await readFile(join(folder, '../../docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>
}
const services = Object.entries(compose.services).filter(([, { image }]) => image === 'heliograph')

/** The one container of a deployment. */
function containerOf(process: string): Container {
  const container = deployments.get(`photos-${process}`)?.spec?.template?.spec.containers[0]
  if (!container) throw new Error(`${process} is not there`)
  return container
}

test('it has the processes of docker-compose.yml, which start and stop as there', () => {
  expect([...deployments.keys()].sort()).toEqual(services.map(([name]) => `photos-${name}`).sort())
  for (const [name, { command, stop_grace_period: grace }] of services) {
    expect(containerOf(name).command, name).toEqual(command)
    const seconds = deployments.get(`photos-${name}`)?.spec?.template?.spec.terminationGracePeriodSeconds
    expect(`${seconds}s`, name).toBe(grace)
  }
})

test('each gets the variables that docker-compose.yml gives it, and they make a configuration', () => {
  const shared = ofKind('ConfigMap').get('photos')?.data ?? {}
  for (const [name, { environment }] of services) {
    const { env } = containerOf(name)
    const own = Object.fromEntries(env.map((one) => [one.name, one.value ?? `secret:${one.name}`]))
    expect(Object.keys({ ...shared, ...own }).sort(), name).toEqual(Object.keys(environment).sort())
    expect(
      Object.keys(own).filter((key) => key in shared),
      name,
    ).toEqual([])
    for (const key of ['HOST', 'PORT', 'ADMIN_HOST', 'ADMIN_PORT'])
      expect(shared[key], key).toBe(String(environment[key]))
    const secrets = {
      MONGODB_URI: 'mongodb://db',
      REDIS_URL: 'redis://cache',
      QUEUE_REDIS_URL: 'redis://queue',
      HELIOGRAPH_SECRET: 's'.repeat(43),
      AUTH_PRIVATE_KEY: '{}',
    }
    const optional = Object.fromEntries(values.secret.optional.map((key) => [key, '']))
    const config = readConfig({ ...shared, ...own, ...secrets, ...optional })
    for (const subgraph of name === 'gateway' ? subgraphNames : [])
      expect(config.subgraphUrls[subgraph]).toBe(`http://photos-${subgraph}:4000`)
  }
})

test('secrets come from a Secret by their names, and none stands in the chart', () => {
  const { name, required, optional } = values.secret
  for (const [process] of services) {
    const referred = containerOf(process).env.flatMap((one) => one.valueFrom?.secretKeyRef ?? [])
    expect(referred.map((one) => [one.name, one.key])).toEqual(
      [...required, ...optional].map((key) => [name, key]),
    )
  }
  expect(Object.keys(values.environment).filter((key) => /SECRET|PASSWORD$|TOKEN|_KEY/.test(key))).toEqual([])
})

test('probes ask the port for whoever runs it; each process has its budget and scales, and is found under its name', () => {
  const [budgets, scalers, found] = [
    ofKind('PodDisruptionBudget'),
    ofKind('HorizontalPodAutoscaler'),
    ofKind('Service'),
  ]
  for (const [name, { spec }] of deployments) {
    const labels = spec?.template?.metadata.labels
    const container = containerOf(name.replace('photos-', ''))
    const listens = container.ports.some((port) => port.name === 'http' && port.containerPort === 4000)
    expect(container.ports).toContainEqual({ name: 'admin', containerPort: 9464 })
    const { startupProbe, readinessProbe, livenessProbe } = container
    expect(
      [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => `${httpGet.port}${httpGet.path}`),
    ).toEqual(['admin/healthz', 'admin/readyz', 'admin/healthz'])
    expect(spec?.selector?.matchLabels).toEqual(labels)
    expect(budgets.get(name)?.spec?.selector?.matchLabels).toEqual(labels)
    const scaler = scalers.get(name)?.spec
    expect(scaler?.scaleTargetRef?.name).toBe(name)
    expect(scaler?.maxReplicas).toBeGreaterThan(scaler?.minReplicas ?? Number.POSITIVE_INFINITY)
    expect(found.has(name), name).toBe(listens)
    if (listens) expect(found.get(name)?.spec?.selector).toEqual(labels)
  }
  const listening = ['gateway', ...subgraphNames].map((name) => `photos-${name}`)
  expect([...found.keys()].sort()).toEqual(listening.sort())
})

test('people come in at the gateway, once there is a host', async () => {
  expect(ofKind('Ingress').size).toBe(0)
  const open = await render({ ...values, ingress: { host: 'a.example', class: 'nginx', tlsSecret: 'tls' } })
  const [ingress, ...others] = open.filter(({ kind }) => kind === 'Ingress')
  expect(others).toEqual([])
  expect(ingress?.spec?.rules).toEqual([
    {
      host: 'a.example',
      http: {
        paths: [
          {
            path: '/',
            pathType: 'Prefix',
            backend: { service: { name: 'photos-gateway', port: { name: 'http' } } },
          },
        ],
      },
    },
  ])
})
