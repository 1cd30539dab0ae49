/** Many clients of the scenario `relay` in one process: they look for the stamps in what they get, and parse nothing else. */
import { get } from 'node:http';

import { quantile } from '../harness/median.ts';
import { type FromFollowers, nowUs, stampChars, type ToFollowers } from './messages.ts';

const say = (message: FromFollowers): void => {
  process.send?.(message);
};

const latenciesMs: number[] = [];
let deltas = 0;
let misplaced = 0;
let lastAtUs = 0;

class Follower {
  #rest = '';
  #next = 0;

  read(chunk: string): void {
    const atUs = nowUs();
    const text = this.#rest + chunk;
    let frame = 0;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', frame)) {
      this.#frame(text.slice(frame, end), atUs);
      frame = end + 2;
    }
    this.#rest = text.slice(frame);
  }

  #frame(frame: string, atUs: number): void {
    const begin = frame.indexOf('"text":"') + 8;
    if (begin < 8) return;
    const end = frame.indexOf('"', begin);
    for (let at = begin; at < end; at += stampChars) {
      const number = Number(frame.slice(at, at + 9));
      if (number !== this.#next) misplaced += 1;
      this.#next = number + 1;
      deltas += 1;
      lastAtUs = atUs;
      if (frame[at + stampChars - 1] === 'p') latenciesMs.push((atUs - Number(frame.slice(at + 10, at + 30))) / 1_000);
    }
  }
}

const follow = ({ port, streams, followers }: ToFollowers): void => {
  let connected = 0;
  let ended = 0;
  for (let at = 0; at < followers; at += 1) {
    const follower = new Follower();
    get({ port, host: '127.0.0.1', path: `/s${at % streams}`, agent: false }, (response) => {
      response.setEncoding('utf8');
      response.once('data', () => {
        connected += 1;
        if (connected === followers) say({ type: 'connected' });
      });
      response.on('data', (chunk: string) => {
        follower.read(chunk);
      });
      response.on('close', () => {
        ended += 1;
        if (ended < followers) return;
        const [latencyP50Ms, latencyP99Ms] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
        say({ type: 'done', deltas, misplaced, latencyP50Ms, latencyP99Ms, lastAtUs });
      });
    });
  }
};

process.on('message', follow);
process.on('disconnect', () => process.exit());
