// The module's door: the way in to stock where stock is another process. Whoever has a `Stock` does not see which of the two it is.
export { openRemoteStock } from './client.ts'
export type { RemoteDoor } from './client.ts'
export { DOOR_MESSAGE_MAX, stockDoorService } from './service.ts'
