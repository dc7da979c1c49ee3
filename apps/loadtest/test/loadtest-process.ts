import { createLoadtestCommand } from "../src/index.ts";

await (await createLoadtestCommand(process.argv[2])).parseAsync();
