import type { Frame } from '../../frames/Frame.ts';

/** An event of a streamed message. Clients go by `type`, so no field may stand in its place. */
export const messageEvent = (type: string, fields: object = {}): Frame => {
  const named = { type };
  return {
    kind: 'message',
    // A line end would end the field, and begin another.
    event: type.replace(/[\r\n\0]/g, '_'),
    data: JSON.stringify({ ...named, ...fields, ...named }),
    id: undefined,
  };
};
