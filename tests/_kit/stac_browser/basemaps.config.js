// Takes the place of STAC Browser's own file, whose base map is on the internet: a page says which one it has.
export default function configureBasemap() {
  return (window.STAC_BROWSER_BASEMAPS ?? []).map((each) => ({ ...each }));
}
