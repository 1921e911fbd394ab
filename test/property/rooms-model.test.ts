import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEYOND_ALL_VERSIONS, NO_VERSION, type Version } from '../../src/domain/version.js';
import { checkProperty, PROPERTY_TIMEOUT_MS } from '../support/check-property.js';
import { FakeClock } from '../support/fake-clock.js';
import { RoomChat } from '../support/room-chat.js';
import {
  anyQuestion,
  anyStep,
  ask,
  askEverything,
  begin,
  outcomeOf,
  type Side,
} from '../support/room-history.js';
import type { StoreKind } from '../support/opened-store.js';
import { memoryKind, quickSqlKind } from '../support/stores.js';

async function openSide(kind: StoreKind): Promise<Side & AsyncDisposable> {
  const clock = new FakeClock();
  const opened = await kind.open(clock);
  const side = { rooms: new RoomChat(opened.store), clock };
  await begin(side);
  return { ...side, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

describe('rooms in the SQL engine and in the model', () => {
  test(
    'KT-1, KT-4, KT-6, KT-7, KT-16: every history of both dialects gives the same answers on both',
    { timeout: PROPERTY_TIMEOUT_MS },
    async () => {
      const property = fc.asyncProperty(
        fc.array(fc.tuple(anyStep, fc.array(anyQuestion, { maxLength: 2 })), {
          minLength: 1,
          maxLength: 40,
          size: 'max',
        }),
        async (history) => {
          await using model = await openSide(memoryKind);
          await using engine = await openSide(quickSqlKind);
          const versions: Version[] = [NO_VERSION, BEYOND_ALL_VERSIONS];
          for (const [{ name, run }, questions] of history) {
            expect([name, await outcomeOf(run(engine))]).toEqual([name, await outcomeOf(run(model))]);
            const position = await model.rooms.position();
            expect([name, await engine.rooms.position()]).toEqual([name, position]);
            versions.push(position);
            for (const question of questions) {
              const expected = await ask(model, question, versions);
              expect(await ask(engine, question, versions), JSON.stringify(question)).toEqual(expected);
            }
          }
          expect(await askEverything(engine)).toEqual(await askEverything(model));
        },
      );
      await checkProperty(property, { runs: 60 });
    },
  );
});
