// Reads a tileset over http with loaders.gl, follows all its tiles and prints what it found as JSON.
import { load } from "@loaders.gl/core";
import { Tiles3DLoader } from "@loaders.gl/3d-tiles";

const options = { worker: false, core: { worker: false }, gltf: { loadImages: false }, "3d-tiles": { loadGLTF: true } };
const tileset = await load(process.argv.at(-1), Tiles3DLoader, options);
const tiles = [];

async function visit(tile) {
  const found = { error: tile.lodMetricValue, uri: tile.contentUrl ?? null };
  if (tile.contentUrl) {
    const content = await load(tile.contentUrl, Tiles3DLoader, { ...options, "3d-tiles": { isTileset: false } });
    found.type = content.type ?? content.shape;
    found.meshes = content.gltf?.meshes?.length ?? content.json?.meshes?.length ?? 0;
  }
  tiles.push(found);
  for (const child of tile.children ?? []) await visit(child);
}

await visit(tileset.root);
console.log(JSON.stringify({ version: tileset.asset.version, tiles }));
