import { Buffer } from 'node:buffer';
import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent, type AgentOptions } from 'node:https';
import type { Socket, SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** The agents that keep connections, by protocol. */
export type Agents = Readonly<Record<'http:' | 'https:', PlainAgent>>;

/** A socket as agents know it, and its clock. */
type Clocked = Duplex & Pick<Socket, 'timeout' | 'setTimeout'>;

/** No more is read at once. */
const maxReadBytes = 65_536;

/**
 * Makes the sockets of an agent read into one piece of memory. Node would take one of 64 KiB for each read and give most of it back,
 * and pass it through a stream that nobody needs, since the parser of HTTP listens: a tenth of what a read costs.
 */
const readTogether = (agent: PlainAgent): void => {
  const connect = agent.createConnection.bind(agent);
  const buffer = Buffer.allocUnsafeSlow(maxReadBytes);
  agent.createConnection = (options, callback) => {
    const onRead = (bytes: number): boolean => {
      // The next read, of any socket, may come before this one is done with.
      const slice = Buffer.allocUnsafe(bytes);
      buffer.copy(slice, 0, 0, bytes);
      // What comes when nobody has asked is not to be taken for the answer to the next request.
      if (!socket.emit('data', slice)) socket.destroy();
      return true;
    };
    // The options of a request are those of its socket, too, though their type does not tell.
    const onread: SocketConstructorOpts['onread'] = { buffer, callback: onRead };
    const socket = connect(Object.assign({}, options, { onread }), callback) as Duplex;
    return socket;
  };
};

/** Closes connections that were not used for a while: most servers do, and one that is closing is taken for one that is not. */
const closeIdle = (agent: PlainAgent, idleSocketMs: number): void => {
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean;
  const reuse = agent.reuseSocket.bind(agent);
  agent.keepSocketAlive = (duplex) => {
    const isKept = keep(duplex);
    const socket = duplex as Clocked;
    // The server may have said that it waits for less.
    const isToldLess = socket.timeout !== undefined && socket.timeout > 0 && socket.timeout < idleSocketMs;
    if (isKept && !isToldLess && idleSocketMs < 2 ** 31) socket.setTimeout(idleSocketMs);
    return isKept;
  };
  agent.reuseSocket = (duplex, request) => {
    reuse(duplex, request);
    // A clock would be wound again for each read.
    (duplex as Clocked).setTimeout(0);
  };
};

/** Agents for one way to send requests, whose sockets nobody else uses. */
export const agentsOf = (tls: Pick<AgentOptions, 'ca' | 'cert' | 'key'>, idleSocketMs: number): Agents => {
  const agents = {
    'http:': new PlainAgent({ keepAlive: true, scheduling: 'lifo' }),
    'https:': new SecureAgent({ ...tls, keepAlive: true, scheduling: 'lifo' }),
  };
  for (const agent of Object.values(agents)) {
    readTogether(agent);
    closeIdle(agent, idleSocketMs);
  }
  return agents;
};
