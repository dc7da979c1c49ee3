import { createLoadtestCommand } from "../src/index.ts";

await createLoadtestCommand().parseAsync();
