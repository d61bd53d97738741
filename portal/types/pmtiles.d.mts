import * as all from "pmtiles";

export const pmtiles: typeof all;
