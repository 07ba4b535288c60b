// Models as ONNX files have them (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), as far as their outputs go. A runtime
// hands out only the layers that a model names as outputs.

/** Numbers of the fields that matter here: of `ModelProto` the graph, of `GraphProto` its outputs, of `ValueInfoProto` the name. */
const [graphField, outputField, nameField] = [7, 12, 1]
/** A field with a length (https://protobuf.dev/programming-guides/encoding/). */
const withLength = 2

/** The model with one more output: the layer of that name. */
export function namesOutput(model: Buffer, layer: string): Buffer {
  const graph = [...fieldsOf(model)].find(({ field }) => field === graphField)
  if (!graph) throw new Error('this is no ONNX model')
  const output = message(outputField, message(nameField, Buffer.from(layer)))
  const changed = message(graphField, Buffer.concat([model.subarray(graph.from, graph.to), output]))
  return Buffer.concat([model.subarray(0, graph.start), changed, model.subarray(graph.to)])
}

/** The fields of a message that have a length: where each starts with its tag, and where its bytes are. */
function* fieldsOf(bytes: Buffer): Generator<{ field: number; start: number; from: number; to: number }> {
  for (let at = 0; at < bytes.length; ) {
    const start = at
    const tag = varint(bytes, at)
    at = tag.to
    if ((tag.value & 7) === withLength) {
      const length = varint(bytes, at)
      at = length.to + length.value
      yield { field: tag.value >>> 3, start, from: length.to, to: at }
    } else if ((tag.value & 7) === 0) at = varint(bytes, at).to
    else throw new Error('this is no ONNX model')
  }
}

function varint(bytes: Buffer, from: number): { value: number; to: number } {
  let value = 0
  for (let to = from, factor = 1; to < bytes.length; factor *= 128) {
    const byte = bytes[to++] as number
    value += (byte & 127) * factor
    if (byte < 128) return { value, to }
  }
  throw new Error('this is no ONNX model')
}

function message(field: number, content: Buffer): Buffer {
  const length: number[] = []
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest > 127 ? (rest % 128) + 128 : rest)
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([field * 8 + withLength, ...length]), content])
}
