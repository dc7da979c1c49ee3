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

/**
 * A test that runs beside the others of its file: for those that mostly wait. Whatever counts on the
 * order of events within one turn of the event loop stays with vitest's own `test`.
 */
export function test(name: string, body: () => Promise<void>, timeoutMs?: number): void {
  vitestTest.concurrent(
    name,
    async (context) => {
      await cleanups.run((cleanup) => context.onTestFinished(cleanup), body);
    },
    timeoutMs,
  );
}

test.each =
  <const Case extends readonly unknown[]>(cases: readonly Case[]) =>
  (name: string, body: (...values: Case) => Promise<void>): void => {
    vitestTest.concurrent.for(cases)(name, async (values, context) => {
      await cleanups.run(
        (cleanup) => context.onTestFinished(cleanup),
        () => body(...values),
      );
    });
  };
