/** What the page uses of it. The package's own declarations leave open whether a result is there at all. */
export interface Inverse {
  s12: number;
}

export interface Polygon {
  AddPoint(lat: number, lon: number): void;
  Compute(reverse: boolean, sign: boolean): { number: number; perimeter: number; area: number };
}

export interface Line {
  s13: number;
  Position(metres: number): { lat2: number; lon2: number };
}

export interface Ellipsoid {
  Inverse(lat1: number, lon1: number, lat2: number, lon2: number): Inverse;
  InverseLine(lat1: number, lon1: number, lat2: number, lon2: number): Line;
  Polygon(polyline: boolean): Polygon;
}

export const geodesic: { Geodesic: { Geodesic: new (a: number, f: number) => Ellipsoid } };
