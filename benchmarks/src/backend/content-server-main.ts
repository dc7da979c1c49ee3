import { createContentServer } from "./content-server.ts";

createContentServer().listen(Number(process.argv[2]), "127.0.0.1");
