import * as t from 'io-ts';
import { timer, map } from 'rxjs';
import { tool } from 'rxllm';

/** Stands in for a weather service; takes as long as one. */
export const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city, now',
  input: t.type({ city: t.string }),
  run: ({ city }) => timer(700).pipe(map(() => ({ city, sky: 'sunny', temperatureCelsius: 24 }))),
});
