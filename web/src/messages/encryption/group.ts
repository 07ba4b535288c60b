// The group of a conversation (RFC 9420): pure steps from one state to the next. Who is in it is a device, named
// `<userId>:<deviceId>` in a basic credential; whether a name is who it says is for people to compare by safety numbers.
import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  createGroup as createMlsGroup,
  decodeGroupState,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultLifetime,
  defaultLifetimeConfig,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  type KeyPackage,
  type MLSMessage,
  type PrivateKeyPackage,
  processMessage,
} from 'ts-mls'
import { decryptSenderData } from 'ts-mls/privateMessage.js'
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { concat, fromUtf8, utf8 } from './bytes.ts'
import { Tampered } from './content.ts'

export type Group = ClientState

/** What a device signs with. */
export interface SigningKey {
  signKey: Uint8Array
  publicKey: Uint8Array
}

/** A key package with its secrets; bytes as they are kept. */
export interface OwnPackage {
  keyPackage: Uint8Array
  secrets: PrivateKeyPackage
}

export interface GroupMember {
  leaf: number
  userId: string
  deviceId: string
  signatureKey: Uint8Array
}

const suiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'
const version = 'mls10'

let loading: Promise<CiphersuiteImpl> | undefined
function suite(): Promise<CiphersuiteImpl> {
  loading ??= getCiphersuiteImpl(getCiphersuiteFromName(suiteName))
  return loading
}

const config: ClientConfig = {
  // Messages come in order but for those that race with a commit; a few epochs back are enough.
  keyRetentionConfig: {
    retainKeysForGenerations: 64,
    retainKeysForEpochs: 4,
    maximumForwardRatchetSteps: 2_000,
  },
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  // Contents come padded.
  paddingConfig: { kind: 'alwaysPad', paddingLength: 0 },
  authService: {
    validateCredential: async (credential) =>
      credential.credentialType === 'basic' && readName(credential.identity) !== null,
  },
}

const capabilities = {
  versions: [version],
  ciphersuites: [suiteName],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
} satisfies Parameters<typeof generateKeyPackageWithKey>[1]

function readName(identity: Uint8Array): { userId: string; deviceId: string } | null {
  try {
    const [userId, deviceId, ...rest] = fromUtf8(identity).split(':')
    return userId && deviceId && rest.length === 0 ? { userId, deviceId } : null
  } catch {
    return null
  }
}

function decode(bytes: Uint8Array): MLSMessage {
  try {
    const decoded = decodeMlsMessage(bytes, 0)
    if (decoded && decoded[1] === bytes.length) return decoded[0]
  } catch {
    // Said below.
  }
  throw new Tampered('It is no message of the protocol.')
}

export async function createSigningKey(): Promise<SigningKey> {
  return (await suite()).signature.keygen()
}

/** A key package of a device. */
export async function createKeyPackage(
  { userId, deviceId }: { userId: string; deviceId: string },
  signing: SigningKey,
): Promise<OwnPackage> {
  const identity = utf8(`${userId}:${deviceId}`)
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity },
    capabilities,
    defaultLifetime,
    [],
    signing,
    await suite(),
  )
  const keyPackage = encodeMlsMessage({ version, wireformat: 'mls_key_package', keyPackage: publicPackage })
  return { keyPackage, secrets: privatePackage }
}

/** Reads a key package; null when it is none, or not that of the device that it was claimed for. */
export function readKeyPackage(
  bytes: Uint8Array,
  of: { userId: string; deviceId: string },
): KeyPackage | null {
  try {
    const message = decode(bytes)
    if (message.wireformat !== 'mls_key_package') return null
    const { credential } = message.keyPackage.leafNode
    const name = credential.credentialType === 'basic' ? readName(credential.identity) : null
    return name?.userId === of.userId && name.deviceId === of.deviceId ? message.keyPackage : null
  } catch {
    return null
  }
}

function own({ keyPackage }: OwnPackage): KeyPackage {
  const message = decode(keyPackage)
  if (message.wireformat !== 'mls_key_package') throw new Error('A key package was expected.')
  return message.keyPackage
}

/** A group with this device alone. */
export async function createGroup(conversationId: string, device: OwnPackage): Promise<Group> {
  return createMlsGroup(utf8(conversationId), own(device), device.secrets, [], await suite(), config)
}

/** The group that a welcome lets in to, if it is for this package. Throws when it is not, or was tampered with. */
export async function joinByWelcome(welcome: Uint8Array, device: OwnPackage): Promise<Group> {
  const message = decode(welcome)
  if (message.wireformat !== 'mls_welcome') throw new Tampered('A welcome was expected.')
  return joinGroup(
    message.welcome,
    own(device),
    device.secrets,
    emptyPskIndex,
    await suite(),
    undefined,
    undefined,
    config,
  )
}

export interface Commit {
  group: Group
  commit: Uint8Array
  welcome: Uint8Array | null
  groupInfo: Uint8Array
}

/** The group's public state, by which a device of a member can join by itself. */
async function publicState(group: Group): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(group, [], await suite())
  return encodeMlsMessage({ version, wireformat: 'mls_group_info', groupInfo })
}

/** Joins by the group's public state; the device's former leaf goes. Throws when that was tampered with. */
export async function joinExternally(groupInfo: Uint8Array, device: OwnPackage): Promise<Commit> {
  const message = decode(groupInfo)
  if (message.wireformat !== 'mls_group_info') throw new Tampered('The state of a group was expected.')
  const keyPackage = own(device)
  const former = treeOf(message.groupInfo).some(
    (key) => key === String(keyPackage.leafNode.signaturePublicKey),
  )
  const { publicMessage, newState } = await joinGroupExternal(
    message.groupInfo,
    keyPackage,
    device.secrets,
    former,
    await suite(),
    undefined,
    config,
  )
  const commit = encodeMlsMessage({ version, wireformat: 'mls_public_message', publicMessage })
  return { group: newState, commit, welcome: null, groupInfo: await publicState(newState) }
}

/** A commit that brings devices in and takes leaves out; one of neither renews the keys after a compromise. */
export async function commit(
  group: Group,
  change: { add?: readonly KeyPackage[]; remove?: readonly number[] },
): Promise<Commit> {
  const {
    newState,
    welcome,
    commit: message,
  } = await createCommit(
    { state: group, cipherSuite: await suite() },
    {
      ratchetTreeExtension: true,
      extraProposals: [
        ...(change.remove ?? []).map((removed) => ({ proposalType: 'remove' as const, remove: { removed } })),
        ...(change.add ?? []).map((keyPackage) => ({ proposalType: 'add' as const, add: { keyPackage } })),
      ],
    },
  )
  return {
    group: newState,
    commit: encodeMlsMessage(message),
    welcome: welcome ? encodeMlsMessage({ version, wireformat: 'mls_welcome', welcome }) : null,
    groupInfo: await publicState(newState),
  }
}

/** Encrypts for the group. The state that comes back must be kept before anybody sees the message. */
export async function encrypt(
  group: Group,
  plaintext: Uint8Array,
): Promise<{ group: Group; message: Uint8Array }> {
  const { newState, privateMessage } = await createApplicationMessage(group, plaintext, await suite())
  const message = encodeMlsMessage({ version, wireformat: 'mls_private_message', privateMessage })
  return { group: newState, message }
}

export type Opened =
  | { kind: 'message'; group: Group; plaintext: Uint8Array; sender: GroupMember }
  | { kind: 'commit'; group: Group }

/** Takes a message or a commit. Throws Tampered for what does not belong here or is not whole; the state stays as it was. */
export async function open(group: Group, bytes: Uint8Array): Promise<Opened> {
  const message = decode(bytes)
  if (message.wireformat !== 'mls_private_message' && message.wireformat !== 'mls_public_message')
    throw new Tampered('It is no message of a group.')
  try {
    const sender = message.wireformat === 'mls_private_message' ? await senderOf(group, message) : null
    const taken = await processMessage(message, group, emptyPskIndex, () => 'accept', await suite())
    if (taken.kind === 'newState') return { kind: 'commit', group: taken.newState }
    if (!sender) throw new Tampered('Nobody has sent it.')
    return { kind: 'message', group: taken.newState, plaintext: taken.message, sender }
  } catch (error) {
    throw error instanceof Tampered ? error : new Tampered(error instanceof Error ? error.message : '')
  }
}

/** Who sent a private message. Its signature is checked with the key of that very leaf. */
async function senderOf(
  group: Group,
  { privateMessage }: Extract<MLSMessage, { wireformat: 'mls_private_message' }>,
): Promise<GroupMember | null> {
  const isPresent = privateMessage.epoch === group.groupContext.epoch
  const former = isPresent ? undefined : group.historicalReceiverData.get(privateMessage.epoch)
  const secret = isPresent ? group.keySchedule.senderDataSecret : former?.senderDataSecret
  if (!secret) return null
  const data = await decryptSenderData(privateMessage, secret, await suite())
  const tree = former?.ratchetTree ?? group.ratchetTree
  return membersIn(tree).find(({ leaf }) => leaf === data?.leafIndex) ?? null
}

function membersIn(tree: Group['ratchetTree']): GroupMember[] {
  return tree.flatMap((node, i) => {
    if (node?.nodeType !== 'leaf' || node.leaf.credential.credentialType !== 'basic') return []
    const name = readName(node.leaf.credential.identity)
    // Leaves have the even places of the tree's array (RFC 9420, appendix C).
    return name ? [{ leaf: i / 2, ...name, signatureKey: node.leaf.signaturePublicKey }] : []
  })
}

function treeOf({ extensions }: Parameters<typeof joinGroupExternal>[0]): string[] {
  const extension = extensions.find(({ extensionType }) => extensionType === 'ratchet_tree')
  const tree = extension && decodeRatchetTree(extension.extensionData, 0)?.[0]
  return tree ? membersIn(tree).map(({ signatureKey }) => String(signatureKey)) : []
}

/** The devices of a group. */
export const membersOf = (group: Group): GroupMember[] => membersIn(group.ratchetTree)

export const epochOf = (group: Group): number => Number(group.groupContext.epoch)

/** Whether this device has been removed. */
export const isRemoved = (group: Group): boolean => group.groupActiveState.kind === 'removedFromGroup'

/** The epoch of a message, which stands in it in the clear; null for what is none. */
export function epochOfMessage(bytes: Uint8Array): number | null {
  try {
    const message = decode(bytes)
    return message.wireformat === 'mls_private_message' ? Number(message.privateMessage.epoch) : null
  } catch {
    return null
  }
}

export const encodeGroup = (group: Group): Uint8Array => concat(encodeGroupState(group))

/** A group as it was kept. */
export function decodeGroup(bytes: Uint8Array): Group {
  const decoded = decodeGroupState(bytes, 0)
  if (!decoded) throw new Error('The state of a group cannot be read.')
  return { ...decoded[0], clientConfig: config }
}
