import type OlMap from "ol/Map.js";
import type View from "ol/View.js";
import type TileLayer from "ol/layer/Tile.js";
import type Projection from "ol/proj/Projection.js";
import type ImageTile from "ol/source/ImageTile.js";
import type TileGrid from "ol/tilegrid/TileGrid.js";
import type ScaleLine from "ol/control/ScaleLine.js";
import type Zoom from "ol/control/Zoom.js";

export const ol: {
  Map: typeof OlMap;
  View: typeof View;
  layer: { Tile: typeof TileLayer };
  proj: { Projection: typeof Projection };
  source: { ImageTile: typeof ImageTile };
  tilegrid: { TileGrid: typeof TileGrid };
  control: { ScaleLine: typeof ScaleLine; Zoom: typeof Zoom };
};
