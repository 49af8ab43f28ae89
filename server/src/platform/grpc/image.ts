import { readFileSync } from 'node:fs'
import { createFileRegistry, fromBinary, toBinary, type DescMessage, type DescService } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { must } from '../must.ts'

/**
 * All of `proto/`, as `buf build` made it. Read at the start in place of generated code: what is checked for breaking changes, what is reflected and
 * what is spoken are one file.
 */
const image = new URL('../../../../proto/cellarhand-v1.binpb', import.meta.url)

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)))

/** A service by its full name. Throws where there is none. */
export function serviceOf(name: string): DescService {
  return must(registry.getService(name), `service ${name} in proto/`)
}

/** A message by its full name. Throws where there is none. */
export function messageOf(name: string): DescMessage {
  return must(registry.getMessage(name), `message ${name} in proto/`)
}

/** Every file of the image, as reflection gives it out: what is imported before what imports it. */
export function fileDescriptors(): Buffer[] {
  return [...registry.files].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)))
}
