import { Agent, request } from 'node:http';

import { bareRequest, type ConcurrentClient } from '../ConcurrentClient.ts';

/** The yardstick: `fetch`, and what it gives thrown away. */
export const fetchDrain: ConcurrentClient = {
  name: 'fetch, drained',
  async read(baseUrl, sink) {
    const { body } = await fetch(`${baseUrl}/chat/completions`, bareRequest);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) sink.bytes(read.value);
  },
};

const agent = new Agent({ keepAlive: true });

/** The least that Node can do. */
export const nodeDrain: ConcurrentClient = {
  name: 'node:http, drained',
  read: (baseUrl, sink) =>
    new Promise((resolve, reject) => {
      const { method, headers, body } = bareRequest;
      request(`${baseUrl}/chat/completions`, { method, headers, agent }, (response) => {
        response.on('data', (slice: Buffer) => {
          sink.bytes(slice);
        });
        response.on('end', resolve);
      })
        .on('error', reject)
        .end(body);
    }),
};
