import { config } from "zod";

/**
 * Keeps zod from compiling its schemas to code, which the page's security policy forbids and would report. To be
 * imported before anything that makes a schema.
 */
config({ jitless: true });
