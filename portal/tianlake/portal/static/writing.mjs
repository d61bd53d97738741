/** Which names stand on the map: those of areas, once each, and of a base map's those that no product writes. */

/** @import { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl" */
/** @import { TileLayer } from "./archives.mjs" */
/** @import { Shown } from "./stack.mjs" */
import { alsoWritten, leaveOut } from "./ground.mjs";
import { nameField } from "./lettering.mjs";
import { namePoints } from "./names.mjs";

/**
 * Return the source that holds the names of a product's areas.
 *
 * @param {string} id
 */
export function nameSource(id) {
  return `${id}/names`;
}

/** Writes names whenever the map comes to rest: the tiles that hold what is in view have been loaded then. */
export class Writing {
  #map;
  #shown;
  #written = "";

  /**
   * @param {MapLibreMap} map
   * @param {Map<string, Shown>} shown What is on the map, by id.
   */
  constructor(map, shown) {
    this.#map = map;
    this.#shown = shown;
  }

  /** Return whether all names that should stand do. */
  settled() {
    return JSON.stringify(this.#wanted()) === this.#written;
  }

  write() {
    const wanted = this.#wanted();
    const signature = JSON.stringify(wanted);
    if (signature === this.#written) return;
    this.#written = signature;
    for (const [id, features] of wanted.areas) {
      const source = /** @type {GeoJSONSource | undefined} */ (this.#map.getSource(nameSource(id)));
      source?.setData({ type: "FeatureCollection", features });
    }
    for (const [id, names] of wanted.twice) {
      const ground = this.#shown.get(id)?.ground;
      if (ground) leaveOut(this.#map, ground, names);
    }
  }

  /** @returns {{areas: [string, GeoJSON.Feature<GeoJSON.Point>[]][], twice: [string, string[]][]}} */
  #wanted() {
    const visible = [...this.#shown].filter(([, each]) => each.visible);
    /** @type {[string, GeoJSON.Feature<GeoJSON.Point>[]][]} */
    const areas = visible
      .filter(([, { archive, ground }]) => archive?.kind === "vector" && ground === null)
      .map(([id, each]) => [id, (each.archive?.layers ?? []).flatMap((layer) => this.#namesIn(id, layer))]);
    const grounds = visible.flatMap(([id, { ground }]) => (ground === null ? [] : [{ id, ground }]));
    /** @type {Set<string>} */
    const names = grounds.length ? this.#namesOf(areas) : new Set();
    return { areas, twice: grounds.map(({ id, ground }) => [id, alsoWritten(this.#map, ground, names)]) };
  }

  /**
   * Return every name that products write in view.
   *
   * @param {[string, GeoJSON.Feature<GeoJSON.Point>[]][]} areas
   * @returns {Set<string>}
   */
  #namesOf(areas) {
    const names = new Set(
      areas.flatMap(([, features]) => features.map(({ properties }) => properties?.name)),
    );
    for (const [id] of areas) {
      for (const layer of this.#shown.get(id)?.archive?.layers ?? []) {
        const field = nameField(layer);
        if (field === null || !this.#drawn(`${id}/${layer.id}/name`)) continue;
        for (const { properties } of this.#features(id, layer, "Point")) names.add(properties[field]);
      }
    }
    return names;
  }

  /**
   * @param {string} id
   * @param {TileLayer} layer
   */
  #namesIn(id, layer) {
    const field = nameField(layer);
    if (field === null || !this.#drawn(`${nameSource(id)}/${layer.id}/names`)) return [];
    return namePoints(this.#features(id, layer, "Polygon"), field, layer.id);
  }

  /**
   * @param {string} id
   * @param {TileLayer} layer
   * @param {"Point" | "Polygon"} kind
   */
  #features(id, layer, kind) {
    return this.#map.querySourceFeatures(id, {
      sourceLayer: layer.id,
      filter: ["==", ["geometry-type"], kind],
    });
  }

  /**
   * Return whether a map layer is drawn at the present zoom.
   *
   * @param {string} id
   */
  #drawn(id) {
    const layer = this.#map.getLayer(id);
    const zoom = this.#map.getZoom();
    return layer !== undefined && zoom >= layer.minzoom && zoom < layer.maxzoom;
  }
}
