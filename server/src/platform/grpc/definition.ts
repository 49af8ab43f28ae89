import type { DescService } from '@bufbuild/protobuf'
import type { ServiceDefinition } from '@grpc/grpc-js'

/** Bytes as they come. */
type Bytes = (value: Buffer) => Buffer
const asTheyAre: Bytes = (bytes) => bytes

/**
 * A service as grpc-js takes it. Messages pass as bytes: whoever handles a call reads them himself, and can say what is wrong with them.
 */
export function definitionOf(service: DescService): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map(({ name, localName, methodKind }) => [
      localName,
      {
        path: `/${service.typeName}/${name}`,
        originalName: localName,
        requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
        responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
        requestSerialize: asTheyAre,
        requestDeserialize: asTheyAre,
        responseSerialize: asTheyAre,
        responseDeserialize: asTheyAre,
      },
    ]),
  )
}
