import { OutOfTime } from "../case.ts";

const pauseMs = 10;

/** Waits until the condition holds; fails only where the machine is slow beyond reason. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const deadlineAt = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadlineAt) throw new OutOfTime(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
