import { AsyncLocalStorage } from "node:async_hooks";
import { onTestFinished, test as vitestTest } from "vitest";

type Cleanup = () => void | Promise<void>;

const cleanups = new AsyncLocalStorage<(cleanup: Cleanup) => void>();

/** Runs when the calling test ends, also one of several that run at the same time. */
export function atEnd(cleanup: Cleanup): void {
  const register = cleanups.getStore();
  if (register === undefined) onTestFinished(cleanup);
  else register(cleanup);
}

interface ConcurrentTest {
  (name: string, body: () => Promise<void>, timeoutMs?: number): void;
  each: <A, B>(
    cases: readonly (readonly [A, B])[],
  ) => (name: string, body: (a: A, b: B) => Promise<void>) => void;
}

/**
 * A test that runs beside the others of its file: for those that mostly wait. Whatever counts on the
 * order of events within one turn of the event loop stays with vitest's own `test`.
 */
export const test: ConcurrentTest = Object.assign(
  (name: string, body: () => Promise<void>, timeoutMs?: number): void => {
    vitestTest.concurrent(
      name,
      async (context) => {
        await cleanups.run((cleanup) => context.onTestFinished(cleanup), body);
      },
      timeoutMs,
    );
  },
  {
    each:
      <A, B>(cases: readonly (readonly [A, B])[]) =>
      (name: string, body: (a: A, b: B) => Promise<void>): void => {
        vitestTest.concurrent.for(cases)(name, async ([a, b], context) => {
          const register = (cleanup: Cleanup): void => context.onTestFinished(cleanup);
          await cleanups.run(register, () => body(a, b));
        });
      },
  },
);
