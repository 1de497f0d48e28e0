// The page's entry.
import type { Feed } from "./feed.ts";

export type Opened = Feed;
